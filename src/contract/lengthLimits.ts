/** How much of what comes from outside is kept. More is of no use to anybody, and would only take memory. */

/** The longest useful texts, in UTF-16 units. */
export const maxLength = {
  /** Of a flow, an account. Rows show a hundred characters of it. */
  name: 500,
  /** A status, a type, a key, a version: words of a protocol. */
  word: 100,
  /** A sentence or two. */
  text: 500,
  /** Made of several words, as those of alerts are. */
  id: 300,
  url: 2048,
  /** A place in a list; it goes into an address. */
  cursor: 4096,
  /** The message of an error, which is searched for what Graph tells in words alone. */
  message: 1000,
  header: 8192,
} as const;

/** The most entries of a list within a flow, such as the parts of its health and what is told of each. */
export const maxListed = 20;

/** The text, or its beginning and an ellipsis where it is longer. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  // Put together anew: a slice would keep the whole text in memory for as long as its beginning is kept.
  const begin = Array.from(text.slice(0, max - 1));
  // Half a character may be left at the end.
  if (/^\p{Surrogate}$/u.test(begin.at(-1) ?? '')) begin.pop();
  return `${begin.join('')}…`;
}

/** Each key costs a number for every point, so a hostile answer could fill the memory with keys. */
export const maxKeys = 100;

/** The longest answer has the hours of 31 days; a server may send points twice. */
export const maxPoints = 2000;
