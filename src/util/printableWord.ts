/** One word of printable ASCII, as tokens and app secrets are: it fits into a header as it is. */
export function isPrintableWord(text: string, maxLength = Infinity): boolean {
  return text.length <= maxLength && /^[\x21-\x7e]+$/.test(text);
}
