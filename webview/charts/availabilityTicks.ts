/** Where the availability axis begins, and what is marked on it. Ratios, 0 to 1. */

/** From 80 %, or the next ten below the worst point. */
export function availabilityFloor(lowest: number): number {
  return Math.min(0.8, Math.floor(lowest * 10 + 1e-9) / 10);
}

/** Counted down from 100 %, which always has its tick; at most five of them above the floor. */
export function availabilityTicks(floor: number): number[] {
  const step = 1 - floor > 0.41 ? 20 : 10;
  const count = Math.floor((100 - Math.round(floor * 100)) / step);
  return Array.from({ length: count + 1 }, (_, i) => (100 - (count - i) * step) / 100);
}
