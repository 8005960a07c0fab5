/** A series in few bytes: hours follow one another and counts are small whole numbers, so each column takes what it needs. */
import type { Granularity, MetricName, MetricSeries } from '../contract/metric';

/** One value for all, or the name of the array type that follows in the bytes. */
type PackedColumn = number | ArrayName;

export interface PackedSeries {
  readonly count: number;
  /** Begin of the first interval, in epoch milliseconds, and the steps from each to the next. */
  readonly first: number;
  readonly steps: PackedColumn;
  readonly columns: readonly (readonly [key: string, values: PackedColumn])[];
}

const arrays = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;
type ArrayName = keyof typeof arrays;

const largest: readonly (readonly [ArrayName, number])[] = [
  ['u8', 0xff],
  ['u16', 0xffff],
  ['u32', 0xffffffff],
];

/** Adds the bytes of the columns to `parts`. */
export function packSeries({ begins, columns }: MetricSeries, parts: Uint8Array[]): PackedSeries {
  const steps = new Float64Array(Math.max(0, begins.length - 1));
  for (let i = 0; i < steps.length; i++) steps[i] = begins[i + 1]! - begins[i]!;
  return {
    count: begins.length,
    first: begins[0] ?? 0,
    steps: packColumn(steps, parts),
    columns: columns.map(({ key, values }) => [key, packColumn(values, parts)]),
  };
}

/** Throws where the bytes do not hold what the packed series says. */
export function unpackSeries(
  metric: MetricName,
  granularity: Granularity,
  { count, first, steps, columns }: PackedSeries,
  source: { readonly bytes: Buffer; offset: number },
): MetricSeries {
  const begins = new Float64Array(count);
  const stepValues = unpackColumn(steps, Math.max(0, count - 1), source);
  let begin = first;
  for (let i = 0; i < count; i++) {
    begins[i] = begin;
    begin += stepValues[i] ?? 0;
  }
  return {
    metric,
    granularity,
    begins,
    columns: columns.map(([key, values]) => ({ key, values: unpackColumn(values, count, source) })),
  };
}

function packColumn(values: Float64Array, parts: Uint8Array[]): PackedColumn {
  const [first = 0] = values;
  if (values.every((value) => value === first)) return first;
  let max = 0;
  let whole = true;
  for (const value of values) {
    if (value > max) max = value;
    if (!Number.isInteger(value) || value < 0) whole = false;
  }
  const name = (whole && largest.find(([, limit]) => max <= limit)?.[0]) || 'f64';
  const { buffer, byteOffset, byteLength } = new arrays[name](values);
  parts.push(new Uint8Array(buffer, byteOffset, byteLength));
  return name;
}

function unpackColumn(
  packed: PackedColumn,
  count: number,
  source: { readonly bytes: Buffer; offset: number },
): Float64Array {
  if (typeof packed === 'number') return new Float64Array(count).fill(packed);
  const bytes = count * arrays[packed].BYTES_PER_ELEMENT;
  const end = source.offset + bytes;
  if (end > source.bytes.length) throw new RangeError('The file ends too early.');
  // A copy, because wider types must begin at a multiple of their width, which bytes of a file do not.
  const own = new Uint8Array(source.bytes.subarray(source.offset, end));
  source.offset = end;
  return new Float64Array(new arrays[packed](own.buffer));
}
