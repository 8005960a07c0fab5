/** The flows that are compared. Each keeps its place, and with it number and colour, while others come and go. */
import { mostCompared } from '../../src/presentation/overview/overviewProtocol';

/** Keys of flows by place; null where a place is free. */
export type Ticks = readonly (string | null)[];

export const noTicks: Ticks = Array.from({ length: mostCompared }, () => null);

/** Without change where it is full. */
export function toggled(ticks: Ticks, key: string): Ticks {
  const at = ticks.indexOf(key);
  const place = at < 0 ? ticks.indexOf(null) : at;
  return ticks.map((one, i) => (i === place ? (at < 0 ? key : null) : one));
}

export function tickedKeys(ticks: Ticks): readonly string[] {
  return ticks.filter((key) => key !== null);
}

/** From what was saved; anything unexpected is a free place. */
export function savedTicks(saved: unknown): Ticks {
  const list: readonly unknown[] = Array.isArray(saved) ? saved : [];
  return noTicks.map((_, i) => {
    const key = list[i];
    return typeof key === 'string' && list.indexOf(key) === i ? key : null;
  });
}
