/** Names come from outside: here they lose everything that could draw, hide, reorder or run something. */

/** Longer names are cut; a row has no room for more, and a tooltip no use. */
export const maxNameLength = 100;

/** As `visibleText`, and `$(icon)` made harmless where VS Code would draw an icon. */
export function plainName(text: string, max = maxNameLength): string {
  return visibleText(text, max).replaceAll('$(', '$\u2060(');
}

/**
 * One line of plain text: control, bidi and other invisible characters removed, white space collapsed, and long texts
 * cut at `max` characters. Empty where nothing would be seen.
 */
export function visibleText(text: string, max: number): string {
  // Only the beginning can be shown, so a name of megabytes costs no more than a short one.
  const clean = text
    .slice(0, 4 * max + 400)
    // The empty pattern of Braille is drawn as a space.
    .replace(/[\s\p{Z}\p{Cc}\u2800]+/gu, ' ')
    .replace(/(?![\u200c\u200d\ufe0e\ufe0f])[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/ {2,}/g, ' ')
    // Joiners and variation selectors stay where emoji and several scripts need them: beside what is seen.
    .replace(/(^| )[\u200c\u200d\ufe0e\ufe0f]+/g, '$1')
    .replace(/[\u200c\u200d]+(?= |$)/g, '')
    .replace(/([\u200c\u200d\ufe0e\ufe0f]{2})[\u200c\u200d\ufe0e\ufe0f]+/g, '$1')
    // No script puts more on one letter; hundreds of them would be drawn across other rows.
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(clean)) return '';
  const characters = Array.from(clean);
  if (characters.length <= max) return clean;
  const begin = characters.slice(0, max - 1).join('');
  return `${begin.trimEnd()}…`;
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
