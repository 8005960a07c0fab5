/** The public key of an endpoint, from the file that an argument names. */
import type { KeyObject } from 'node:crypto';
import { findKeyPem } from '../recorder/ping/pem';
import { parsePublicKey } from '../recorder/ping/publicKey';
import { StartError } from './command';
import { promptHidden, readSecretText } from './secret';

/** Throws a `StartError`. */
export function readKeyText(file: string): string {
  const text = readSecretText(file, 'key', (pem) => findKeyPem(pem)?.includes('PRIVATE KEY') === true);
  if (text.trim() === '') throw new StartError(`The file with the key, ${file}, is empty.`);
  return text;
}

/**
 * Of a private key only the public half is kept; an encrypted one asks for its passphrase, where none is given.
 * Rejects with a `StartError`.
 */
export async function readEndpointKey(file: string, passphrase: string | undefined): Promise<KeyObject> {
  const pem = readKeyText(file);
  let reading = parsePublicKey(pem);
  if (!reading.ok && reading.passphraseNeeded) {
    reading = parsePublicKey(pem, passphrase ?? (await promptHidden(`Passphrase of ${file}`, '--passphrase-file')));
  }
  if (!reading.ok) throw new StartError(`${file}: ${reading.problem}`);
  return reading.value;
}
