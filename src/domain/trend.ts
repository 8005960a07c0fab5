/** Whether a ratio rises beyond noise: a robust slope with its interval, and the weight of what it stands on. */

/** One interval: so many of all were bad. */
export interface RatioPoint {
  /** Middle of the interval, in epoch milliseconds. */
  readonly at: number;
  readonly bad: number;
  readonly all: number;
}

interface RisingTrend {
  /** When the ratio reaches a limit by the median slope; Infinity where that lies beyond what the points support. */
  reaches(limit: number): number;
}

/** Fewer points tell nothing. */
export const leastPoints = 8;

/** Two-sided 99% of the normal distribution: of a hundred series without a trend one at most is taken for one. */
const z = 2.5758;

/**
 * The Theil–Sen slope with Sen's interval (of ranks, corrected for ties) lies above zero, and the later half has a higher
 * ratio than the earlier one by a test of two proportions, which weighs each interval by what it stands on. The first is
 * not misled by outliers, the second not by ratios of few; undefined unless both agree.
 */
export function risingTrend(points: readonly RatioPoint[]): RisingTrend | undefined {
  const count = points.length;
  if (count < leastPoints) return undefined;
  const half = Math.floor(count / 2);
  if (!isHigher(points.slice(-half), points.slice(0, half))) return undefined;
  const ratios = points.map(({ bad, all }) => bad / all);
  const slopes = points
    .flatMap(({ at }, i) => points.slice(i + 1).map((later, j) => (ratios[i + 1 + j]! - ratios[i]!) / (later.at - at)))
    .sort((a, b) => a - b);
  const slope = median(slopes);
  // The rank of the interval's lower end, counted from one.
  const rank = Math.floor((slopes.length - z * Math.sqrt(varianceOfRanks(ratios))) / 2);
  const slowest = rank < 1 ? -Infinity : slopes[rank - 1]!;
  if (slowest <= 0) return undefined;
  const [middle, level] = [
    median(points.map(({ at }) => at)),
    median(points.map(({ at }, i) => ratios[i]! - slope * at)),
  ];
  const last = points.at(-1)!.at;
  const span = last - points[0]!.at;
  return {
    reaches: (limit) => {
      const at = (limit - level) / slope;
      const atSlowest = middle + (limit - (level + slope * middle)) / slowest;
      return at <= last + span / 2 && atSlowest <= last + span ? at : Infinity;
    },
  };
}

/** True where the ratio of some intervals is higher than that of others, beyond chance. */
export function isHigher(some: readonly RatioPoint[], others: readonly RatioPoint[]): boolean {
  const [a, b] = [some, others].map((list) => ({
    bad: list.reduce((sum, { bad }) => sum + bad, 0),
    all: list.reduce((sum, { all }) => sum + all, 0),
  })) as [Sum, Sum];
  if (a.all === 0 || b.all === 0) return false;
  const pooled = (a.bad + b.bad) / (a.all + b.all);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / a.all + 1 / b.all));
  return deviation > 0 && a.bad / a.all - b.bad / b.all > z * deviation;
}

type Sum = Pick<RatioPoint, 'bad' | 'all'>;

/** Of Kendall's sum over pairs of ranks. */
function varianceOfRanks(values: readonly number[]): number {
  const part = (n: number): number => n * (n - 1) * (2 * n + 5);
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  return [...ties.values()].reduce((rest, tied) => rest - part(tied), part(values.length)) / 18;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
