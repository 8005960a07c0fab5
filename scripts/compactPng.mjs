import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = 8;

/**
 * The same picture in fewer bytes. A browser compresses in a hurry; pictures of an editor have large even areas, which
 * are smallest unfiltered. Knows what a browser writes: eight bits each of red, green and blue, not interlaced.
 *
 * @param {Buffer} png
 * @returns {Buffer} the given one where nothing is gained
 */
export function compactPng(png) {
  const chunks = [...chunksOf(png)];
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (!header || header[8] !== 8 || header[9] !== 2 || header[12] !== 0) {
    return png;
  }
  const lineLength = header.readUInt32BE(0) * 3;
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const lines = unfiltered(inflateSync(packed), lineLength);
  const body = deflateSync(lines, { level: 9, memLevel: 9 });
  const smaller = Buffer.concat([
    png.subarray(0, SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', body),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return smaller.length < png.length ? smaller : png;
}

/** @param {Buffer} png */
function* chunksOf(png) {
  for (let at = SIGNATURE; at < png.length;) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/**
 * @param {string} type
 * @param {Buffer} data
 */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/**
 * Undoes the filter of each line, and says so in the byte before it.
 *
 * @param {Buffer} filtered lines, each with the number of its filter in front
 * @param {number} length of a line in bytes, without that number
 * @returns {Buffer}
 */
function unfiltered(filtered, length) {
  const lines = Buffer.alloc(filtered.length);
  for (let begin = 1; begin < filtered.length; begin += length + 1) {
    const filter = filtered[begin - 1];
    for (let i = 0; i < length; i++) {
      const left = i < 3 ? 0 : (lines[begin + i - 3] ?? 0);
      const above = begin === 1 ? 0 : (lines[begin + i - length - 1] ?? 0);
      const corner = begin === 1 || i < 3 ? 0 : (lines[begin + i - length - 4] ?? 0);
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0;
      lines[begin + i] = (filtered[begin + i] ?? 0) + guess;
    }
  }
  return lines;
}

/**
 * @param {number} left
 * @param {number} above
 * @param {number} corner
 * @returns {number} the neighbour that is nearest to left + above - corner
 */
function paeth(left, above, corner) {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) {
    return left;
  }
  return toAbove <= toCorner ? above : corner;
}
