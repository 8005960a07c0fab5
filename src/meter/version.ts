/** Which of two versions is the newer one, by the rules of Semantic Versioning (semver.org, sections 9 to 11). */

interface Version {
  /** Major, minor and patch, as digits: a number of JavaScript would round long ones. */
  readonly core: readonly string[];
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

const maxLength = 100;
const number = '(?:0|[1-9]\\d*)';
const part = `(?:${number}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const pattern = new RegExp(`^(${number}\\.${number}\\.${number})(?:-(${part}(?:\\.${part})*))?(?:\\+[0-9A-Za-z.-]+)?$`);

/** False also where one of them is no version. */
export function isNewer(version: string, than: string): boolean {
  const [a, b] = [parse(version), parse(than)];
  return a !== undefined && b !== undefined && compare(a, b) > 0;
}

function parse(text: string): Version | undefined {
  const [, core, prerelease] = (text.length <= maxLength && pattern.exec(text)) || [];
  return core === undefined ? undefined : { core: core.split('.'), prerelease: prerelease?.split('.') ?? [] };
}

function compare(a: Version, b: Version): number {
  const order = compareParts(a.core, b.core);
  if (order !== 0) return order;
  // A pre-release is older than its release.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  return compareParts(a.prerelease, b.prerelease);
}

/** Numbers by their value and before words, words by their characters; of two that begin alike the longer one comes later. */
function compareParts(a: readonly string[], b: readonly string[]): number {
  for (const [index, own] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (own === other) continue;
    const [isNumber, otherIsNumber] = [/^\d+$/.test(own), /^\d+$/.test(other)];
    if (isNumber !== otherIsNumber) return isNumber ? -1 : 1;
    if (isNumber && own.length !== other.length) return own.length - other.length;
    return own < other ? -1 : 1;
  }
  return a.length - b.length;
}
