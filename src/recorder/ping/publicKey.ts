/** The endpoint's public key, from the PEM that a person has at hand: the public one, or the private one. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { findKeyPem } from './pem';
import { parsed, type Parsed } from '../../util/parsed';
import { defined } from '../../util/defined';

/** `passphraseNeeded`: the key is a private one under a passphrase, which is missing or wrong. */
type ParsedPublicKey = Parsed<KeyObject, { readonly passphraseNeeded: boolean }>;

const minBits = 2048;

/** Reads a PEM, in whatever form a person has it at hand. Of a private key only its public half is kept. */
export function parsePublicKey(text: string, passphrase?: string): ParsedPublicKey {
  const pem = findKeyPem(text);
  if (pem === undefined) {
    return refuse('this is no PEM of an RSA key: it must hold "BEGIN PUBLIC KEY" or "BEGIN PRIVATE KEY".');
  }
  const isPrivate = /PRIVATE KEY-----/.test(pem);
  const isEncrypted = isPrivate && /ENCRYPTED/.test(pem);
  if (isEncrypted && passphrase === undefined) {
    return refuse('the private key is encrypted: its passphrase is needed.', true);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(isPrivate ? createPrivateKey({ key: pem, ...defined({ passphrase }) }) : pem);
  } catch {
    return isEncrypted
      ? refuse('the private key cannot be decrypted: the passphrase is wrong.', true)
      : refuse('the key cannot be read: the PEM is damaged.');
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa') return refuse(`the key must be an RSA key, not ${key.asymmetricKeyType}.`);
  if (bits < minBits) return refuse(`the RSA key must have ${minBits} bits or more, not ${bits}.`);
  return parsed(key);
}

function refuse(problem: string, passphraseNeeded = false): ParsedPublicKey {
  return { ok: false, problem, passphraseNeeded };
}
