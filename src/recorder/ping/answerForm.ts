/**
 * The form of an answer: WhatsApp takes raw base64 and nothing else. What an endpoint wraps around it is taken off piece
 * by piece here, so that a person is told what it is and what to change.
 */
import { parsed, problem, type Parsed } from '../../util/parsed';
import type { Envelope, Opened } from './envelope';

/** How an answer was written, and the bytes that it stands for. */
interface Form {
  readonly bytes: Buffer;
  readonly flaws: readonly Flaw[];
}

interface Flaw {
  /** Follows "The answer is not the raw base64 that WhatsApp wants:". */
  readonly what: string;
  readonly change: string;
}

const maxLength = 200;

const flaws = {
  bom: { what: 'it begins with a BOM', change: 'send it without' },
  utf16: { what: 'it is UTF-16', change: 'send ASCII' },
  spaces: { what: 'spaces or line breaks stand around it', change: 'send it without' },
  lastLine: { what: 'a line break stands at its end', change: 'send it without' },
  lines: { what: 'it holds line breaks', change: 'send one line' },
  plus: { what: 'it holds spaces in place of "+"', change: 'do not form-encode or decode it' },
  percent: { what: 'it is percent-encoded', change: 'send it as it is' },
  quotes: { what: 'it is a JSON string, in quotes', change: 'send it as text, not as JSON' },
  apostrophes: { what: "it stands in quotes, such as b'…'", change: 'send the text alone' },
  object: { what: 'it is a JSON object around the base64', change: 'send the base64 alone, as text' },
  dataUrl: { what: 'it is a data: URL', change: 'send only what follows "base64,"' },
  base64url: { what: 'it is base64url, with "-" and "_"', change: 'use base64 with "+" and "/"' },
  padding: { what: 'its padding is missing', change: 'fill it up with "=" to a multiple of 4' },
  hex: { what: 'it is hexadecimal', change: 'encode the bytes as base64' },
  twice: { what: 'it is base64 of base64', change: 'encode it once' },
  bytes: { what: 'it is the encrypted bytes', change: 'encode them as base64' },
  spelling: { what: 'it is no canonical base64', change: 'let a base64 function of your language write it' },
} as const satisfies Record<string, Flaw>;

/** The text of an answer that is encrypted and written as WhatsApp asks. */
export function parseAnswerForm(body: Buffer, open: Envelope['open']): Parsed<string> {
  if (body.length === 0)
    return problem(
      'The answer cannot be decrypted: it has no body, and WhatsApp wants the encrypted answer as raw base64.',
    );
  if (body[0] === 0x1f && body[1] === 0x8b) {
    return problem('The answer is compressed (gzip), though nothing asked for that: send it as it is.');
  }
  for (const form of formsOf(body)) {
    const opened = open(form.bytes);
    if (!opened) continue;
    const wrong = problemOf(form, opened);
    return wrong === undefined ? parsed(opened.text) : problem(wrong);
  }
  return problem(describeOther(body));
}

function problemOf({ flaws: found }: Form, { flaw }: Opened): string | undefined {
  if (flaw === 'echo') return 'The answer cannot be decrypted: it is the request itself, sent back.';
  if (flaw === 'vector') {
    return 'The answer is encrypted with the initial vector as it was sent: every bit of it must be inverted for the answer.';
  }
  if (flaw === 'tag') {
    return 'The authentication tag of the answer is missing or wrong: append the 16 bytes that AES-GCM gives to the encrypted text, and use no AAD.';
  }
  if (found.length === 0) return undefined;
  let list = '';
  for (const { what, change } of found) {
    const longer = list === '' ? `${what} (${change})` : `${list}; ${what} (${change})`;
    if (formProblem(longer).length > maxLength) break;
    list = longer;
  }
  return formProblem(list);
}

function formProblem(list: string): string {
  return `The answer is not the raw base64 that WhatsApp wants: ${list}.`;
}

/** All that an answer can be meant as, the right form first. */
function* formsOf(body: Buffer): Generator<Form> {
  const found: Flaw[] = [];
  const whole = textOf(body, found);
  const before = [...found];
  const text = unwrap(whole, found);
  for (const [inner, more] of [[text, []] as const, ...membersOf(text)]) {
    yield* base64Forms(inner, [...found, ...more]);
    if (/^(?:[0-9a-f]{2})+$/i.test(inner)) {
      yield { bytes: Buffer.from(inner, 'hex'), flaws: [...found, ...more, flaws.hex] };
    }
  }
  // A space at its begin or end may stand for "+" as well.
  if (whole !== whole.trim()) yield* base64Forms(whole, before);
  yield { bytes: body, flaws: [flaws.bytes] };
}

function textOf(body: Buffer, found: Flaw[]): string {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    found.push(flaws.bom);
    return body.subarray(3).toString('latin1');
  }
  if (body[0] === 0xff && body[1] === 0xfe) {
    found.push(flaws.utf16);
    return body.subarray(2).toString('utf16le');
  }
  return body.toString('latin1');
}

/** Takes off what stands around the base64, and notes each piece. */
function unwrap(wrapped: string, found: Flaw[]): string {
  let text = trimmed(wrapped, found);
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) {
    found.push(flaws.quotes);
    text = trimmed(parsedString(text), found);
  }
  const inner = /^b?'([^']*)'$/.exec(text)?.[1];
  if (inner !== undefined) {
    found.push(flaws.apostrophes);
    text = inner;
  }
  const data = /^data:[^,]{0,100};base64,/i.exec(text)?.[0];
  if (data !== undefined) {
    found.push(flaws.dataUrl);
    text = text.slice(data.length);
  }
  if (/%(?:2B|2F|3D|0A|0D)/i.test(text)) {
    found.push(flaws.percent);
    text = text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  }
  return text;
}

function trimmed(text: string, found: Flaw[]): string {
  const bare = text.trim();
  if (bare.length === text.length) return bare;
  const onlyLineEnd = text.startsWith(bare) && /^[\r\n]+$/.test(text.slice(bare.length));
  found.push(onlyLineEnd ? flaws.lastLine : flaws.spaces);
  return bare;
}

function parsedString(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

/** The texts in a JSON object, one of which may be the base64. */
function membersOf(text: string): (readonly [string, readonly Flaw[]])[] {
  const json = parsedJson(text);
  if (json === undefined) return [];
  return Object.values(json)
    .filter((value) => typeof value === 'string')
    .slice(0, 10)
    .map((value) => [value, [flaws.object]]);
}

function parsedJson(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function* base64Forms(text: string, before: readonly Flaw[]): Generator<Form> {
  const found = [...before];
  let base64 = text;
  if (/[\r\n]/.test(base64)) {
    found.push(flaws.lines);
    base64 = base64.replace(/[\r\n]+[ \t]*/g, '');
  }
  if (base64.includes(' ')) {
    found.push(flaws.plus);
    base64 = base64.replaceAll(' ', '+');
  }
  if (/[-_]/.test(base64)) {
    found.push(flaws.base64url);
    base64 = base64.replaceAll('-', '+').replaceAll('_', '/');
  }
  if (base64.length % 4 > 1 && !base64.endsWith('=')) {
    found.push(flaws.padding);
    base64 = base64.padEnd(base64.length + 4 - (base64.length % 4), '=');
  }
  if (!/^[0-9A-Za-z+/]+={0,2}$/.test(base64)) return;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) found.push(flaws.spelling);
  yield { bytes, flaws: found };
  const again = bytes.toString('latin1');
  if (/^[0-9A-Za-z+/]+={0,2}$/.test(again)) {
    yield { bytes: Buffer.from(again, 'base64'), flaws: [...found, flaws.twice] };
  }
}

function describeOther(body: Buffer): string {
  const text = body.subarray(0, 2_000).toString('utf8').trim();
  if (/^<(?:!doctype|html|\?xml|head|body)/i.test(text)) {
    return 'The answer is an HTML page: is the address that of the endpoint, and does a tunnel put a page of its own before it?';
  }
  if (/^[[{]/.test(text))
    return 'The answer cannot be decrypted: it is JSON, and WhatsApp wants the encrypted answer alone, as raw base64.';
  if (!/^[0-9A-Za-z+/=_\s"'-]*$/.test(text)) {
    return 'The answer cannot be decrypted: it is no base64, and WhatsApp wants the encrypted answer as raw base64.';
  }
  return "The answer cannot be decrypted with the request's AES key: the endpoint encrypted it with another key, or not with AES-128-GCM.";
}
