/** JSON from outside: what every reader of it needs. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** An array, or an object whose keys are 0, 1, 2, … as Meta's documentation renders arrays. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  const object = objectOf(value);
  if (!object) return undefined;
  const keys = Object.keys(object);
  return keys.every((key, i) => key === String(i)) ? keys.map((key) => object[key]) : undefined;
}

/** A number of things: whole, not below zero, and small enough to be exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
