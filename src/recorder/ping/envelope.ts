/** A message to an endpoint and its answer in Meta's encryption: a fresh AES key, handed over under the RSA key. */
import { constants, createCipheriv, createDecipheriv, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto';

const cipher = 'aes-128-gcm';
const tagBytes = 16;

export interface Envelope {
  /** JSON, as it is sent. */
  readonly body: string;
  /** Decrypts the bytes of an answer; undefined where they were not encrypted for this envelope, however wrongly. */
  open(bytes: Buffer): Opened | undefined;
}

export interface Opened {
  readonly text: string;
  /** The fault of a text that could be read all the same: the request itself, the vector as it was sent, or a tag that is missing or wrong. */
  readonly flaw?: 'echo' | 'vector' | 'tag';
}

/** Puts a text into an envelope that only the owner of the private key can open. */
export function sealEnvelope(text: string, publicKey: KeyObject): Envelope {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const sealing = createCipheriv(cipher, aesKey, iv);
  const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final(), sealing.getAuthTag()]);
  const wrappedKey = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    aesKey,
  );
  // The answer comes under the same key, with every bit of the vector turned over.
  const inverted = iv.map((byte) => byte ^ 0xff);
  return {
    body: JSON.stringify({
      encrypted_flow_data: sealed.toString('base64'),
      encrypted_aes_key: wrappedKey.toString('base64'),
      initial_vector: iv.toString('base64'),
    }),
    open: (bytes) => {
      const right = decrypt(bytes, aesKey, inverted);
      if (right !== undefined) return { text: right };
      const sameVector = decrypt(bytes, aesKey, iv);
      if (sameVector !== undefined) {
        return { text: sameVector, flaw: sameVector === text ? 'echo' : 'vector' };
      }
      const untagged = decryptUnchecked(bytes, aesKey, inverted);
      return untagged === undefined ? undefined : { text: untagged, flaw: 'tag' };
    },
  };
}

function decrypt(bytes: Buffer, aesKey: Buffer, iv: Uint8Array): string | undefined {
  if (bytes.length < tagBytes) return undefined;
  const opening = createDecipheriv(cipher, aesKey, iv, { authTagLength: tagBytes });
  opening.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([opening.update(bytes.subarray(0, -tagBytes)), opening.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Without its tag a text is only believed to be one where it begins as JSON does. */
function decryptUnchecked(bytes: Buffer, aesKey: Buffer, iv: Uint8Array): string | undefined {
  const text = createDecipheriv(cipher, aesKey, iv, { authTagLength: tagBytes }).update(bytes).toString('utf8');
  return /^\s*\{\s*"[\x20-\x7e]/.test(text) ? text : undefined;
}
