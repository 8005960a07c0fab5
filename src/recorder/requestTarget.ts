/** Which path a request names, in whatever way its target is written. */

interface RequestTarget {
  readonly path: string;
  /** The query with its question mark, as it came, or empty. */
  readonly search: string;
}

export function splitTarget(target: string): RequestTarget {
  const question = target.indexOf('?');
  return question < 0
    ? { path: target, search: '' }
    : { path: target.slice(0, question), search: target.slice(question) };
}

/**
 * The same path in its plain spelling: without the scheme and host of an absolute target, percent-encoded letters and
 * digits, and slashes that come twice or at the end. Callers, tunnels and proxies write it in each of these ways.
 */
export function plainPath(path: string): string {
  const local = path.replace(/^https?:\/\/[^/]*/i, '');
  const decoded = local.replace(/%([2-7][0-9a-f])/gi, (text, hex: string) => {
    const letter = String.fromCharCode(Number.parseInt(hex, 16));
    return /[\w.~-]/.test(letter) ? letter : text;
  });
  return `/${decoded.split('/').filter(Boolean).join('/')}`;
}
