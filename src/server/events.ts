/** Events that a meter takes over HTTP: all of a request's events count, or none. */
import { eventContentType, parseEventLines } from '../contract/event';
import { badParameter, meterErrorTexts, unavailable } from './graphFailure';
import { MeterError, type MeterStore, type Recorded } from '../store/meterStore';
import type { ApiRequest } from './api';

/** Answers once the events are on disk; throws a `GraphFailure` where none of them is. */
export async function takeEvents(meter: MeterStore, { contentType = '', body = '' }: ApiRequest): Promise<Recorded> {
  if (contentType.split(';', 1)[0]!.trim().toLowerCase() !== eventContentType) {
    throw badParameter(`Events must be sent as ${eventContentType}: one JSON object to a line.`);
  }
  const read = parseEventLines(body);
  if (!read.ok) throw badParameter(`Line ${read.line}: ${read.problem} Nothing was counted.`);
  try {
    return await meter.record(read.value);
  } catch (error) {
    if (!(error instanceof MeterError)) throw error;
    if (error.kind === 'refused') {
      throw badParameter(`Line ${lineOf(body, error.index ?? 0)}: ${error.message} Nothing was counted.`);
    }
    if (error.kind === 'tooLarge') {
      throw badParameter('A counter of one of these flows can grow no further. Nothing was counted.');
    }
    throw unavailable(`${meterErrorTexts[error.kind]} Nothing was counted: send the same events again later.`);
  }
}

/** The line of the event at that place; empty lines hold none. */
function lineOf(body: string, index: number): number {
  let events = 0;
  const lines = body.split('\n');
  return 1 + lines.findIndex((line) => line.trim() !== '' && events++ === index);
}
