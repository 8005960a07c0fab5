/**
 * How a body travels, as `Transfer-Encoding` says (RFC 9112, 7). Node takes chunks apart, and leaves every other coding in
 * what it calls the body, so that whoever reads on would take packed bytes for the text itself.
 */

/** True where the body of a request comes in chunks, or with a length. */
export function isPlainRequest(transferEncoding: string | undefined): boolean {
  return transferEncoding === undefined || transferEncoding.toLowerCase() === 'chunked';
}

/** The same of an answer: some servers name `identity`, and proxies add a second `chunked` of their own. */
export function isPlainAnswer(transferEncoding: string | null | undefined): boolean {
  return typeof transferEncoding !== 'string' || /^(identity|chunked( *, *chunked)*)$/i.test(transferEncoding.trim());
}
