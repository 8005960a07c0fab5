/**
 * The lengths in which figures are added up. Quarters of an hour are what days and hours of every zone can be cut from;
 * the longer ones hold the same figures again, so that long spans are read from few rows.
 */
import { dayMs, hourMs } from '../contract/calendar';

export const quarterMs = 900_000;

/** By level: how many milliseconds of UTC a row covers. Each length holds the one before a whole number of times. */
export const rollups: readonly number[] = [quarterMs, hourMs, dayMs, 32 * dayMs];

export interface RollupRange {
  readonly level: number;
  readonly begin: number;
  readonly end: number;
}

/** Cuts a span whose borders are quarters into few stretches of rows, in order, each row belonging to one. */
export function rollupRangesOf(begin: number, end: number, level = rollups.length - 1): readonly RollupRange[] {
  if (begin >= end) return [];
  const length = rollups[level]!;
  const from = Math.ceil(begin / length) * length;
  const to = Math.floor(end / length) * length;
  if (level === 0) return [{ level, begin: from, end: to }];
  if (from >= to) return rollupRangesOf(begin, end, level - 1);
  return [
    ...rollupRangesOf(begin, from, level - 1),
    { level, begin: from, end: to },
    ...rollupRangesOf(to, end, level - 1),
  ];
}

/** The longest rows that end at each of these borders. */
export function commonRollup(intervalBounds: readonly number[]): number {
  let level = rollups.length - 1;
  while (level > 0 && intervalBounds.some((border) => border % rollups[level]! !== 0)) level--;
  return level;
}

/** The span of whole quarters: those that begin at `begin` or later and before `end`. */
export function quartersOf({ begin, end }: { readonly begin: number; readonly end: number }): {
  begin: number;
  end: number;
} {
  return { begin: Math.ceil(begin / quarterMs) * quarterMs, end: Math.ceil(end / quarterMs) * quarterMs };
}
