/** What a parser gives that says what is wrong, in a whole sentence; one that has nothing to say gives undefined instead. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };
