import type { KeyObject } from 'node:crypto';
import { l10n, window } from 'vscode';
import { readRegularFile } from '../../process/regularFile';
import { parsePublicKey } from '../../recorder/ping/publicKey';
import { capitalised } from '../../util/capitalised';
import { askPick, askText, type InputResult, type Choice, type StepPosition } from '../util/quickInput';

export type PublicKeyAnswer =
  /** No availability checks. */
  | { readonly kind: 'none' }
  /** The one that the meter has already. */
  | { readonly kind: 'present' }
  /** PEM of the public key alone, whatever the file held. */
  | { readonly kind: 'chosen'; readonly pem: string };

export interface PublicKeyQuestion extends StepPosition {
  readonly hasKey: boolean;
  readonly preset?: PublicKeyAnswer;
  /** False where the question is only which one. */
  readonly optional?: boolean;
}

/** A key file is far smaller; whatever else a person picks is not read into memory. */
const maxPemBytes = 64 * 1024;

/** Asks for the public key of an endpoint: a PEM file of it, or of the private key, of which only the public half is kept. */
export async function askPublicKey(question: PublicKeyQuestion): Promise<InputResult<PublicKeyAnswer>> {
  const { hasKey, preset, optional = true, ...place } = question;
  let placeholder = l10n.t('Check the endpoint as WhatsApp does? This needs its public key.');
  for (;;) {
    const choices: Choice<PublicKeyAnswer['kind']>[] = [
      ...(hasKey ? [{ label: l10n.t('Keep the current key'), value: 'present' as const }] : []),
      {
        label: l10n.t('Choose a PEM File…'),
        description: l10n.t('with the public key; of a private key, only the public half is kept'),
        value: 'chosen',
      },
      ...(optional ? [{ label: l10n.t('No availability checks'), value: 'none' as const }] : []),
    ];
    const kind = await askPick({ ...place, placeholder, choices, ...(preset ? { preset: preset.kind } : {}) });
    if (kind.kind !== 'value') return kind;
    if (kind.value !== 'chosen') return { kind: 'value', value: { kind: kind.value } };
    const key = await choosePem(place);
    if (key === undefined) continue;
    if (typeof key !== 'string') return { kind: 'value', value: { kind: 'chosen', pem: key.pem } };
    placeholder = key;
  }
}

/** The key, what is wrong with the file, or undefined where the person chose none. */
async function choosePem(place: StepPosition): Promise<{ readonly pem: string } | string | undefined> {
  const [file] =
    (await window.showOpenDialog({
      title: l10n.t('Key of the endpoint'),
      openLabel: l10n.t('Use Key'),
      filters: { PEM: ['pem', 'key', 'pub', 'crt', 'txt', 'env', 'json'], [l10n.t('All Files')]: ['*'] },
    })) ?? [];
  if (!file) return undefined;
  const text = (await readRegularFile(file.fsPath, maxPemBytes).catch(() => undefined))?.toString('utf8');
  if (text === undefined) return l10n.t('This file cannot be read, or it is too long for a key. Choose another.');
  const reading = parsePublicKey(text);
  if (reading.ok) return { pem: pemOf(reading.value) };
  if (!reading.passphraseNeeded) return l10n.t('The file cannot be used: {0} Choose another.', reading.problem);
  const passphrase = await askText({
    title: place.title,
    prompt: l10n.t('Passphrase of the private key. It is used once and stored nowhere.'),
    password: true,
    // The spaces around a passphrase are its own.
    clean: (text) => text,
    validate: (entered) => {
      const tried = parsePublicKey(text, entered);
      return tried.ok ? undefined : capitalised(tried.problem);
    },
  });
  if (passphrase.kind !== 'value') return undefined;
  const opened = parsePublicKey(text, passphrase.value);
  return opened.ok ? { pem: pemOf(opened.value) } : capitalised(opened.problem);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
