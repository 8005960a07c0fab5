/** The body of a request as text: within its limit as it comes and unpacked, of any coding and charset that is named. */
import type { IncomingMessage } from 'node:http';
import { promisify, TextDecoder } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, type InputType, type ZlibOptions } from 'node:zlib';
import { refused, type GraphFailure } from './graphFailure';

/** Counted as it comes, and once more unpacked: a small body can hold a huge one. */
export const maxBodyBytes = 1024 * 1024;

type Unpack = (body: InputType, options: ZlibOptions) => Promise<Buffer>;
const unpackGzip: Unpack = promisify(gunzip);
const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: unpackGzip,
  'x-gzip': unpackGzip,
  // Some programs send it without the header that it should have.
  deflate: (body, options) => promisify(hasZlibHeader(body as Buffer) ? inflate : inflateRaw)(body, options),
  br: promisify(brotliDecompress),
};

/** Rejects with a `GraphFailure` that says what is wrong and what is allowed. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const { 'content-encoding': coding = '', 'content-type': type = '' } = request.headers;
  const unpack = unpackerOf(coding);
  const sent = await readBytes(request);
  if (sent === undefined) throw tooLong();
  return textOf(unpack && sent.length > 0 ? await unpacked(sent, unpack, coding) : sent, type);
}

function unpackerOf(coding: string): Unpack | undefined {
  const name = coding.trim().toLowerCase();
  if (name === '' || name === 'identity') return undefined;
  if (Object.hasOwn(unpackers, name)) return unpackers[name];
  const known = 'gzip, deflate, br';
  throw refused(415, `Content-Encoding "${short(coding)}" is not taken: allowed are ${known}, or none, once.`, {
    'accept-encoding': known,
  });
}

async function unpacked(sent: Buffer, unpack: Unpack, coding: string): Promise<Buffer> {
  try {
    return await unpack(sent, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong();
    throw refused(400, `The body is not ${short(coding)}, as its Content-Encoding says, or it is cut off.`);
  }
}

function hasZlibHeader(body: Buffer): boolean {
  return (body[0]! & 0x0f) === 8 && ((body[0]! << 8) | (body[1] ?? 0)) % 31 === 0;
}

/** The bytes; undefined as soon as there are more than allowed, whatever `content-length` says, or where they end early. */
function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else {
        request.pause();
        resolve(undefined);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

/** Without the byte order mark that some programs begin a text with; the mark counts more than what the header says. */
function textOf(bytes: Buffer, contentType: string): string {
  const named = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  const charset =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : named;
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    throw refused(415, `The charset "${short(charset)}" is not known: send UTF-8.`);
  }
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw refused(400, `The body is not ${short(charset)}: send UTF-8, or say in Content-Type which charset it is.`);
  }
  if (text.includes('\0')) throw refused(400, 'The body holds NUL characters, as UTF-16 does: send UTF-8.');
  return text;
}

function tooLong(): GraphFailure {
  return refused(413, `The body is too long: ${maxBodyBytes} bytes are allowed, unpacked too.`);
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
