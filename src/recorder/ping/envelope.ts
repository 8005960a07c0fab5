/** A message to an endpoint and its answer in Meta's encryption: a fresh AES key, handed over under the RSA key. */
import { constants, createCipheriv, createDecipheriv, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto';

const cipher = 'aes-128-gcm';
const tagBytes = 16;

export interface Envelope {
  /** JSON, as it is sent. */
  readonly body: string;
  /** The text of an answer's body; throws where it was not encrypted for this envelope. */
  open(answer: string): string;
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
  return {
    body: JSON.stringify({
      encrypted_flow_data: sealed.toString('base64'),
      encrypted_aes_key: wrappedKey.toString('base64'),
      initial_vector: iv.toString('base64'),
    }),
    open: (answer) => {
      const bytes = Buffer.from(answer.trim(), 'base64');
      if (bytes.length < tagBytes) throw new Error('too short');
      // The answer comes under the same key, with every bit of the vector turned over.
      const opening = createDecipheriv(
        cipher,
        aesKey,
        iv.map((byte) => byte ^ 0xff),
        { authTagLength: tagBytes },
      );
      opening.setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([opening.update(bytes.subarray(0, -tagBytes)), opening.final()]).toString('utf8');
    },
  };
}
