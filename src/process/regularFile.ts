/** Files that others may have put in the place of ours: a pipe, a device or a file without end is none of them. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** More than is ever written into a small file of ours, such as a token, settings or a key. */
const smallFileBytes = 4 * 1024 * 1024;

/**
 * The bytes of a file. Rejects where it is none, and where it holds more than `maxBytes`; waits for nobody, for the opening
 * of a pipe would wait for its writer, and keep a thread of the process until then.
 */
export async function readRegularFile(file: string, maxBytes = smallFileBytes): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw unusable(file, 'is no ordinary file', 'ENOTFILE');
    if (found.size > maxBytes) throw unusable(file, `is longer than ${maxBytes} bytes`, 'EFBIG');
    const bytes = Buffer.alloc(found.size + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
    }
    throw unusable(file, 'grows while it is read', 'EFBIG');
  } finally {
    await handle.close();
  }
}

function unusable(file: string, why: string, code: string): Error {
  return Object.assign(new Error(`${file} ${why}.`), { code });
}
