/** Names come from outside: here they lose everything that could draw, hide, reorder or run something. */

/** Longer names are cut; a row has no room for more, and a tooltip no use. */
export const maxNameLength = 100;

/**
 * One line of plain text: control, bidi and other invisible characters removed, white space collapsed, long names cut
 * at `max` characters, and `$(icon)` made harmless where VS Code would draw an icon.
 */
export function plainName(text: string, max = maxNameLength): string {
  // Only the beginning can be shown, so a name of megabytes costs no more than a short one.
  const clean = text
    .slice(0, 4 * max + 400)
    .replace(/[\s\p{Zl}\p{Zp}\p{Cc}]+/gu, ' ')
    // Joiners stay: emoji and several scripts need them.
    .replace(/(?![\u200c\u200d])[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = Array.from(clean);
  const cut =
    characters.length > max
      ? `${characters
          .slice(0, max - 1)
          .join('')
          .trimEnd()}…`
      : clean;
  return cut.replaceAll('$(', '$\u2060(');
}

/** A name as Markdown text: no markup, link, icon or HTML of its own can come of it. */
export function escapeMarkdown(text: string, max = maxNameLength): string {
  // CommonMark lets every ASCII punctuation mark be escaped by a backslash.
  return plainName(text, max).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** The address of a command link in trusted Markdown. */
export function commandLink(command: string, argument: unknown): string {
  // Parentheses and quotes survive URI encoding, but would end a Markdown link.
  const encoded = encodeURIComponent(JSON.stringify([argument])).replace(
    /[!'()*~_]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `command:${command}?${encoded}`;
}
