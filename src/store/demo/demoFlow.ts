/** How a demo flow behaves: what it says of itself and how its endpoint does from hour to hour. */

/** The four documented error types in their documented order, as shares that add up to 1. */
export type ErrorMix = readonly [number, number, number, number];

/** How the endpoint does in one hour, before noise. */
export interface Conduct {
  /** 0 to 1. */
  readonly errorRate: number;
  readonly errorMix: ErrorMix;
  /** Nine of ten successful requests take at most this many seconds. */
  readonly p90Seconds: number;
  /** How narrow the latencies lie: 2 has a long tail, 4 a short one. */
  readonly steepness: number;
  /** Share of failed availability checks; undefined while no checks are made. */
  readonly failedChecks: number | undefined;
}

export interface Moment {
  /** Days since 1970 with their fraction, in the demo business's own time. */
  readonly day: number;
  /** 0 to 23 in the demo business's own time. */
  readonly hourOfDay: number;
  /** The same number from 0 to 1 for the whole day; another one for each stream. */
  readonly dayNoise: (stream: number) => number;
}

export interface Traffic {
  readonly requestsPerDay: number;
  /** Weights of the 24 hours, of mean 1. */
  readonly hours: readonly number[];
  /** Weights of the days from Sunday on, of mean 1. */
  readonly weekdays: readonly number[];
  readonly conduct: (moment: Moment) => Conduct;
}

export interface DemoFlow {
  readonly id: string;
  /** Fields of the Flows API. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Absent where no endpoint is ever asked. */
  readonly traffic?: Traffic;
}

/** The value at `x` on the line through the points, which are in ascending order; flat beyond its ends. */
export function along(x: number, points: readonly (readonly [number, number])[]): number {
  let [x0, y0] = points[0]!;
  for (const [x1, y1] of points) {
    if (x <= x1) return x1 === x0 ? y1 : y0 + ((Math.max(x, x0) - x0) / (x1 - x0)) * (y1 - y0);
    [x0, y0] = [x1, y1];
  }
  return y0;
}

/** Scales weights to mean 1. */
export function shape(...weights: readonly number[]): readonly number[] {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
