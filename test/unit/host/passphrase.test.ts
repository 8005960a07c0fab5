/** What a person types into a prompt: a passphrase counts as it stands, of anything else the spaces around it do not. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InputResult, TextQuestion } from '../../../src/host/util/quickInput';
import type { PublicKeyAnswer, PublicKeyQuestion } from '../../../src/host/commands/publicKeyQuestion';
import { offerEditor } from '../../fixtures/bareEditor';

/** A prompt of the editor, in which a person types and presses Enter as soon as it shows. */
class Prompt {
  value = '';
  enabled = true;
  busy = false;
  validationMessage: string | undefined;
  buttons: readonly unknown[] = [];
  items: readonly { readonly value?: unknown }[] = [];
  activeItems: readonly unknown[] = [];
  private readonly changed: ((text: string) => void)[] = [];
  private readonly accepted: (() => void)[] = [];

  constructor(private readonly enter: (prompt: Prompt) => void) {}

  readonly onDidChangeValue = (listener: (text: string) => void): object => {
    this.changed.push(listener);
    return { dispose: () => undefined };
  };
  readonly onDidAccept = (listener: () => void): object => {
    this.accepted.push(listener);
    return { dispose: () => undefined };
  };
  readonly onDidHide = (): object => ({ dispose: () => undefined });
  readonly onDidTriggerButton = (): object => ({ dispose: () => undefined });
  readonly dispose = (): void => undefined;

  show(): void {
    this.enter(this);
  }

  type(text: string): void {
    this.value = text;
    for (const listener of this.changed) listener(text);
    for (const listener of this.accepted) listener();
  }
}

describe('A prompt', () => {
  let restore: () => void;
  let folder: string;
  let typed = '';
  let problem: string | undefined;
  let askText: (question: TextQuestion) => Promise<InputResult<string>>;
  let askPublicKey: (question: PublicKeyQuestion) => Promise<InputResult<PublicKeyAnswer>>;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-passphrase-'));
    restore = offerEditor(undefined, {
      QuickInputButtons: { Back: 'back' },
      window: {
        createInputBox: () =>
          new Prompt((prompt) => {
            prompt.type(typed);
            problem = prompt.validationMessage;
            // Who is told that it is wrong gives up.
            if (problem !== undefined) prompt.type(rightOne);
          }),
        createQuickPick: () =>
          new Prompt((prompt) => {
            prompt.activeItems = prompt.items.filter(({ value }) => value === 'chosen');
            prompt.type('');
          }),
        showOpenDialog: async () => [{ fsPath: path.join(folder, 'locked.pem') }],
      },
    });
    ({ askText } = await import('../../../src/host/util/quickInput'));
    ({ askPublicKey } = await import('../../../src/host/commands/publicKeyQuestion'));
  });
  after(() => {
    restore();
    rmSync(folder, { recursive: true, force: true });
  });

  let rightOne = '';

  for (const passphrase of ['  open sesame ', ' ', 'open\tsesame\t', 'open sesame']) {
    it(`takes the passphrase ${JSON.stringify(passphrase)} of a key as it is typed`, async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
      writeFileSync(path.join(folder, 'locked.pem'), privateKey.export(locked));
      rightOne = typed = passphrase;
      const answer = await askPublicKey({ title: 'Key', hasKey: false });
      assert.equal(problem, undefined);
      assert.equal(answer.kind === 'value' && answer.value.kind, 'chosen');
      // One without its spaces is another one.
      if (passphrase.trim() === passphrase) return;
      typed = passphrase.trim();
      await askPublicKey({ title: 'Key', hasKey: false });
      assert.match(problem ?? '', /passphrase is wrong/);
    });
  }

  it('takes anything else without the spaces that come along with it', async () => {
    typed = ' \tEAAB-token\n';
    const answer = await askText({ title: 'Token', prompt: '', password: true, validate: () => undefined });
    assert.deepEqual(answer, { kind: 'value', value: 'EAAB-token' });
  });
});
