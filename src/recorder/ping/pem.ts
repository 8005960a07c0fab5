/**
 * Finds the PEM of a key in a text as people have it at hand: the file itself, or what `.env` files, JSON and Meta's own
 * API make of it, where its line breaks are two characters, spaces or gone.
 */

/** A key is far smaller, whatever stands around it. */
const maxLength = 64 * 1024;

/** The lines of an encrypted PEM of the older kind, which stand before the base64. */
const encryptionLines = /^\s*Proc-Type:\s*(\d,ENCRYPTED)\s+DEK-Info:\s*([A-Z0-9-]+,[0-9A-Fa-f]+)/;

const begin = /-----BEGIN ((?:[A-Z]+ ){0,2}(?:PUBLIC|PRIVATE) KEY)-----/g;

/** The text's first public key, else its first private one, in the lines that PEM asks for; undefined without any. */
export function findKeyPem(text: string): string | undefined {
  const plain = plainText(text.slice(0, maxLength));
  const found = [...plain.matchAll(begin)];
  const first = found.find(([, label]) => label!.endsWith('PUBLIC KEY')) ?? found[0];
  if (!first) return undefined;
  const from = first.index + first[0].length;
  const end = plain.indexOf('-----END', from);
  return pemOf(first[1]!, plain.slice(from, end < 0 ? undefined : end));
}

function pemOf(label: string, inside: string): string {
  const [lines, kind, dek] = encryptionLines.exec(inside) ?? [''];
  const base64 = inside.slice(lines.length).replace(/[^0-9A-Za-z+/=]/g, '');
  return [
    `-----BEGIN ${label}-----`,
    ...(kind === undefined ? [] : [`Proc-Type: ${kind}`, `DEK-Info: ${dek}`, '']),
    ...(base64.match(/.{1,64}/g) ?? []),
    `-----END ${label}-----`,
    '',
  ].join('\n');
}

function plainText(text: string): string {
  // Read as UTF-8, a file in UTF-16 has a zero beside each character.
  const ascii = text.replaceAll('\0', '');
  const encoded = /(?:^|[\s"'=])(LS0tLS1CRUdJTi[0-9A-Za-z+/=\s]{1,65536})/.exec(ascii)?.[1];
  const decoded = encoded === undefined ? ascii : Buffer.from(encoded, 'base64').toString('latin1');
  // JSON and shells write these as several characters, and as one more for each time that a text was quoted.
  return decoded
    .replace(/\\{1,8}[nrt]/g, '\n')
    .replace(/\\{1,8}\//g, '/')
    .replace(/\\{1,8}u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
