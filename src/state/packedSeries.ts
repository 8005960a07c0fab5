/** A series in few bytes: hours follow one another and counts are small whole numbers, so each column takes what it needs. */
import { isCount } from '../util/json';
import { truncate, maxLength, maxKeys, maxPoints } from '../contract/lengthLimits';
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

/** The bytes of packed columns, read from one end to the other. */
export interface PackedBytes {
  readonly bytes: Buffer;
  offset: number;
  /**
   * By length and by what they are made of: columns of one value, and the hours themselves. A thousand flows have the same
   * hours and mostly no errors, and series are never written to, so that they can share these.
   */
  readonly shared: Map<number, Map<number | string, Float64Array>>;
}

export function packedBytes(bytes: Buffer, offset: number): PackedBytes {
  return { bytes, offset, shared: new Map() };
}

/** Throws where the bytes do not hold what the packed series says. */
export function unpackSeries(
  metric: MetricName,
  granularity: Granularity,
  { count, first, steps, columns }: PackedSeries,
  source: PackedBytes,
): MetricSeries {
  // As a file says it, a series of one value could be of any length.
  if (!isCount(count) || count > maxPoints || columns.length > maxKeys)
    throw new RangeError('The series is too large.');
  return {
    metric,
    granularity,
    begins: unpackBegins(count, first, steps, source),
    columns: columns.map(([key, values]) => ({
      key: truncate(key, maxLength.word),
      values: unpackColumn(values, count, source),
    })),
  };
}

function unpackBegins(count: number, first: number, steps: PackedColumn, source: PackedBytes): Float64Array {
  const fill = (begins: Float64Array, stepAt: (index: number) => number): void => {
    for (let i = 0, begin = first; i < count; begin += stepAt(i++)) begins[i] = begin;
  };
  if (typeof first !== 'number') throw new RangeError('The intervals begin at no time.');
  if (typeof steps === 'number') {
    if (count > 1 && !(steps > 0)) throw notInOrder();
    return share(source, count, `${first} ${steps}`, (begins) => fill(begins, () => steps));
  }
  const values = unpackColumn(steps, Math.max(0, count - 1), source);
  if (!values.every((step) => step > 0)) throw notInOrder();
  const own = new Float64Array(count);
  fill(own, (i) => values[i] ?? 0);
  return own;
}

function notInOrder(): RangeError {
  return new RangeError('The intervals do not follow each other.');
}

function share(
  { shared }: PackedBytes,
  count: number,
  key: number | string,
  fill: (values: Float64Array) => void,
): Float64Array {
  let known = shared.get(count);
  if (!known) shared.set(count, (known = new Map()));
  let values = known.get(key);
  if (!values) {
    known.set(key, (values = new Float64Array(count)));
    fill(values);
  }
  return values;
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

function unpackColumn(packed: PackedColumn, count: number, source: PackedBytes): Float64Array {
  if (typeof packed === 'number') return share(source, count, packed, (values) => values.fill(packed));
  if (!Object.hasOwn(arrays, packed)) throw new RangeError('There is no such column.');
  const start = source.offset;
  const end = start + count * arrays[packed].BYTES_PER_ELEMENT;
  if (end > source.bytes.length) throw new RangeError('The file ends too early.');
  source.offset = end;
  const own = source.bytes.subarray(start, end);
  // Wider types need a copy, because they must begin at a multiple of their width, which bytes of a file do not.
  return new Float64Array(packed === 'u8' ? own : new arrays[packed](new Uint8Array(own).buffer));
}
