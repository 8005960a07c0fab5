/** Headers on their way through the recorder: all as they came, except those that belong to one connection. */

/** RFC 9110, 7.6.1, and what older clients send in their place. */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Names and values in turn, as Node's `rawHeaders`, in their order and spelling, repeated ones included.
 *
 * @param connection the value of the `Connection` header, which may name further headers of this connection only
 * @param without further names to leave out, in lower case
 */
export function endToEndHeaders(
  rawHeaders: readonly string[],
  connection: string | undefined,
  without: ReadonlySet<string>,
): string[] {
  const named = connectionNames(connection);
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (!hopByHop.has(name) && !without.has(name) && !named?.has(name)) {
      kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
    }
  }
  return kept;
}

/** The headers that `Connection` names, in lower case. */
export function connectionNames(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || /^(keep-alive|close)$/i.test(connection)) return undefined;
  // A set, since there may be tens of thousands of names and as many headers.
  const names = new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
  // Without its length a body would be read as the next request.
  names.delete('content-length');
  return names;
}
