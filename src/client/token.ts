/** What a token may look like, and how it is kept out of everything that could be shown. */

/** Shorter words would blot out ordinary text. */
const shortestSecret = 8;

/** True for a token that fits into a header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** The text without the token, also where it is percent-encoded or written as JSON that escapes slashes. */
export function withoutToken(text: string, token: string): string {
  if (token.length < shortestSecret) return text;
  const spellings = new Set([token, encodeURIComponent(token), token.replaceAll('/', '\\/')]);
  let clean = text;
  for (const spelling of spellings) if (clean.includes(spelling)) clean = clean.replaceAll(spelling, '[token]');
  return clean;
}
