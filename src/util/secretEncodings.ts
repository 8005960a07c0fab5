/** A shorter secret passes for a word: taken out of a text, it would take ordinary words along. */
export const shortestSecret = 8;

/**
 * How a secret may stand in a text: plain, percent-encoded, in JSON that escapes slashes, and in base64, wherever in the
 * encoded bytes it begins. Of base64 only those letters count that the secret alone decides.
 */
export function secretEncodings(secret: string): readonly string[] {
  const plain = [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/')];
  const encoded = [0, 1, 2].flatMap((offset) => {
    const bytes = new TextEncoder().encode('\0'.repeat(offset) + secret);
    const letters = btoa(String.fromCharCode(...bytes)).slice(
      firstOwnLetter[offset],
      Math.floor((bytes.length * 8) / 6),
    );
    return [letters, letters.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set([...plain, ...encoded])];
}

/**
 * Finds a secret of ASCII characters of which any may be escaped: as in addresses, once or several times, or as in JSON.
 * So many times and no more, or a text of nothing but backslashes would take hours. Use it where `hasEscapes` is true: a
 * plain secret is found faster by its spellings.
 */
export function escapedEncoding(secret: string): RegExp {
  const characters = [...secret].map((character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, '0');
    const digits = code.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    const plain = character.replace(/[^A-Za-z0-9]/, '\\\\?\\$&');
    return `(?:${plain}|%(?:25){0,3}${digits}|\\\\{1,4}u00${digits})`;
  });
  return new RegExp(characters.join(''), 'g');
}

/** True for a text in which something may be escaped so. */
export function hasEscapes(text: string): boolean {
  return text.includes('%') || text.includes('\\');
}

/** By the number of foreign bytes before it; the letters before that one hold bits of theirs. */
const firstOwnLetter = [0, 2, 3] as const;
