/** The log of a program that others can reach: what they bring about again and again is one line and a sum. */
import { RepeatedLines } from '../util/repeatedLines';
import { log as write } from './output';

const repeated = new RepeatedLines({ write });
let isHeld = false;

/** Writes one line on stderr, or counts it where one of the same cause was written a moment ago. */
export function logCounted(line: string, cause?: string): void {
  if (!isHeld) {
    isHeld = true;
    process.once('exit', writeCounts);
  }
  repeated.add(line, cause);
}

/** Writes what was counted so far. */
export function writeCounts(): void {
  repeated.close();
}
