/** Text in the head or the trailers of a message, without what a reader may take for the end of a line. */

export function isFieldValue(value: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(value);
}

/** Any other character becomes a space. */
export function cleanFieldValue(value: string): string {
  return value.replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ');
}
