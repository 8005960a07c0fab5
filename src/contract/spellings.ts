/**
 * How a secret may stand in a text: plain, percent-encoded, in JSON that escapes slashes, and in base64, wherever in the
 * encoded bytes it begins. Of base64 only those letters count that the secret alone decides.
 */
export function spellingsOf(secret: string): readonly string[] {
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

/** By the number of foreign bytes before it; the letters before that one hold bits of theirs. */
const firstOwnLetter = [0, 2, 3] as const;
