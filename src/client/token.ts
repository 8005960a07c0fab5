/** Keeps the token out of everything that could be shown. */
import { escapedEncoding, hasEscapes, shortestSecret, secretEncodings } from '../util/secretEncodings';

/** Every answer is searched, mostly for the same token as the one before. */
let cached: { readonly token: string; readonly encodings: readonly string[]; readonly escaped: RegExp } | undefined;

/** The text without the token, however it is spelled. */
export function withoutToken(text: string, token: string): string {
  if (token.length < shortestSecret) return text;
  if (cached?.token !== token) {
    cached = { token, encodings: secretEncodings(token), escaped: escapedEncoding(token) };
  }
  let clean = text;
  for (const encoding of cached.encodings) if (clean.includes(encoding)) clean = clean.replaceAll(encoding, '[token]');
  return hasEscapes(clean) ? clean.replace(cached.escaped, '[token]') : clean;
}
