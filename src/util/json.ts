/** JSON from outside: what every reader of it needs. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** Text in which a number may have more digits than a number keeps. */
const longNumber = /(?:^|[\s[:,-])\d{16}/;

/**
 * Reads JSON; throws a `SyntaxError` where it is none. Whole numbers that a number would round come as text, as they were
 * written: an id that a program sent as a number keeps its digits. Where the runtime cannot tell how a number was written
 * (Node before 21), they stay numbers, and are no ids.
 */
export function parseJson(text: string): unknown {
  // Looking at every value takes long, and hardly any text has such a number.
  return longNumber.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text);
}

type Reviver = (key: string, value: unknown) => unknown;

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const written = context?.source;
  return written !== undefined && /^-?\d{1,40}$/.test(written) ? written : value;
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
