/** Files of columns: a mark, a version, a head in JSON, then the bytes of the columns, with a sum over all of it. */
import { crc32 } from 'node:zlib';
import { packedBytes, type PackedBytes } from './packedSeries';

export const headBytes = 16;

export interface FileKind {
  readonly magic: number;
  /** Grows with every change that an older Flowmeter cannot read. */
  readonly version: number;
}

export function packFile({ magic, version }: FileKind, head: unknown, parts: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const start = Buffer.alloc(headBytes);
  const body = Buffer.concat([text, ...parts]);
  start.writeUInt32BE(magic, 0);
  start.writeUInt32LE(version, 4);
  start.writeUInt32LE(text.length, 8);
  start.writeUInt32LE(crc32(body), 12);
  return Buffer.concat([start, body]);
}

/** Undefined where the bytes are damaged, of another kind, or of a newer Flowmeter. */
export function unpackFile(
  { magic, version }: FileKind,
  bytes: Buffer,
): { readonly head: unknown; readonly source: PackedBytes } | undefined {
  if (bytes.length < headBytes || bytes.readUInt32BE(0) !== magic || bytes.readUInt32LE(4) !== version) {
    return undefined;
  }
  const body = bytes.subarray(headBytes);
  const textBytes = bytes.readUInt32LE(8);
  if (textBytes > body.length || bytes.readUInt32LE(12) !== crc32(body)) return undefined;
  try {
    return { head: JSON.parse(body.toString('utf8', 0, textBytes)) as unknown, source: packedBytes(body, textBytes) };
  } catch {
    return undefined;
  }
}
