/**
 * What a parser gives that says what is wrong, in a sentence; one that has nothing to say gives undefined instead. `More` is
 * what a caller learns besides where it failed.
 */
export type Parsed<T, More = unknown> =
  { readonly ok: true; readonly value: T } | ({ readonly ok: false; readonly problem: string } & More);

export function parsed<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
