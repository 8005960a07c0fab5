/**
 * Milliseconds of successful requests in a histogram that can be added to others: HdrHistogram with two digits, so that
 * every value keeps its size to 1 %. Stored are only the counts above zero.
 */
import Float64Histogram from 'hdr-histogram-js/dist/Float64Histogram';
import { maxMilliseconds } from '../contract/event';
import type { MilliPercentiles } from '../contract/latency';

/** Counts of whole milliseconds. They are exact up to 2^53: a class of a busy day holds more than 32 bits. */
export type LatencyHistogram = Float64Histogram;

export function newHistogram(): LatencyHistogram {
  return new Float64Histogram(1, maxMilliseconds, 2);
}

export function addMilliseconds(histogram: LatencyHistogram, milliseconds: number): void {
  histogram.recordValue(Math.round(milliseconds));
}

/** Undefined where nothing was counted. */
export function percentilesOf(
  histogram: LatencyHistogram,
): (MilliPercentiles & { readonly count: number }) | undefined {
  if (histogram.totalCount === 0) return undefined;
  const at = (percentile: number): number =>
    histogram.medianEquivalentValue(histogram.getValueAtPercentile(percentile));
  return { p50: at(50), p90: at(90), p99: at(99), count: histogram.totalCount };
}

/** Pairs of whole numbers, seven bits to a byte: how many classes further, and the count there. */
export function encode(histogram: LatencyHistogram): Uint8Array {
  const bytes: number[] = [];
  let last = -1;
  const end = histogram.totalCount === 0 ? 0 : histogram.countsArrayIndex(histogram.maxValue) + 1;
  for (let i = 0; i < end; i++) {
    const count = histogram.getCountAtIndex(i);
    if (count === 0) continue;
    put(bytes, i - last);
    put(bytes, count);
    last = i;
  }
  return Uint8Array.from(bytes);
}

let classes: number | undefined;

/** Whether `encode` can have written these bytes. What somebody else wrote may name classes that there are not. */
export function isEncoded(bytes: Uint8Array): boolean {
  classes ??= newHistogram().countsArrayLength;
  let index = -1;
  let isCount = false;
  let value = 0;
  let factor = 1;
  for (const byte of bytes) {
    value += (byte & 127) * factor;
    if (value > Number.MAX_SAFE_INTEGER || factor > Number.MAX_SAFE_INTEGER) return false;
    factor *= 128;
    if (byte > 127) continue;
    // Each class comes once, with what was counted there.
    if (value === 0) return false;
    if (!isCount && (index += value) >= classes) return false;
    isCount = !isCount;
    value = 0;
    factor = 1;
  }
  return factor === 1 && !isCount;
}

/** Adds what `encode` wrote; throws a `RangeError` where the bytes are none of it, or hold too much. */
export function addEncoded(histogram: LatencyHistogram, bytes: Uint8Array): void {
  let at = 0;
  const take = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('A stored histogram ends early.');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  let index = -1;
  while (at < bytes.length) {
    index += take();
    const count = take();
    checkTotal(histogram.totalCount + count);
    histogram.recordValueWithCount(histogram.valueFromIndex(index), count);
  }
}

/** Adds the counts of another one. */
export function addHistogram(histogram: LatencyHistogram, other: LatencyHistogram): void {
  checkTotal(histogram.totalCount + other.totalCount);
  histogram.add(other);
}

/** Beyond 2^53 nothing is exact any more; the store tells that as its other counters that are too large. */
function checkTotal(count: number): void {
  if (!Number.isSafeInteger(count)) throw new RangeError('integer overflow of a histogram');
}

function put(bytes: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
