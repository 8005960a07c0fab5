/**
 * The result of a parser that says what is wrong, in a sentence; one that has nothing to say gives undefined instead. `More`
 * is added to a failure.
 */
export type Parsed<T, More = unknown> =
  { readonly ok: true; readonly value: T } | ({ readonly ok: false; readonly problem: string } & More);

export function parsed<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
