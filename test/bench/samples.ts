/** Repeated measurements: taken in turns, so that a noisy machine is unfair to all sides alike. */

export interface Samples {
  readonly values: readonly number[];
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function samplesOf(values: readonly number[]): Samples {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { values, median, least: sorted[0]!, most: sorted.at(-1)! };
}

/** Runs the sides in turns, `rounds` times each; a side returns what it measured. The order of the sides alternates. */
export async function inTurns<Side extends string>(
  rounds: number,
  sides: Readonly<Record<Side, () => number | Promise<number>>>,
): Promise<Readonly<Record<Side, Samples>>> {
  const names = Object.keys(sides) as Side[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Side, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) values[name].push(await sides[name]());
  }
  return Object.fromEntries(names.map((name) => [name, samplesOf(values[name])])) as Record<Side, Samples>;
}

/** Milliseconds that the action took. */
export async function timed(action: () => unknown): Promise<number> {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}

/** The value at which so many percent of the values are not greater (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

/** `12.3 ms (11.9 to 14.0)` */
export function spread({ median, least, most }: Samples, unit = 'ms'): string {
  return `${figure(median)} ${unit} (${figure(least)} to ${figure(most)})`;
}

/** Three digits that count. */
export function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
