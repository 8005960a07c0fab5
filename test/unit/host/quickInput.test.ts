/** What Enter takes while the editor's list still shows what was offered before a text was typed. */
import assert from 'node:assert/strict';
import type { Choice, InputResult } from '../../../src/host/util/quickInput';
import { offerEditor } from '../../fixtures/bareEditor';

type Item = Choice<string>;
type Listener<T> = (value: T) => void;

/** A quick pick whose list changes only when the test says so, as that of the editor does in another process. */
class SlowPick {
  value = '';
  items: readonly Item[] = [];
  activeItems: readonly Item[] = [];
  buttons = [];
  private readonly listeners: Record<string, Listener<never>> = {};
  readonly onDidChangeValue = this.event<string>('value');
  readonly onDidChangeActive = this.event<readonly Item[]>('active');
  readonly onDidAccept = this.event<undefined>('accept');
  readonly onDidHide = this.event<undefined>('hide');
  readonly onDidTriggerButton = this.event<unknown>('button');
  show(): void {}
  dispose(): void {}

  type(text: string): void {
    this.value = text;
    this.fire('value', text);
  }

  activate(index: number): void {
    this.activeItems = [this.items[index]!];
    this.fire('active', this.activeItems);
  }

  accept(): void {
    this.fire('accept', undefined);
  }

  private event<T>(name: string): (listener: Listener<T>) => { dispose(): void } {
    return (listener) => {
      this.listeners[name] = listener as Listener<never>;
      return { dispose: () => undefined };
    };
  }

  private fire(name: string, value: unknown): void {
    this.listeners[name]?.(value as never);
  }
}

describe('A quick pick that takes typed text', () => {
  let restore: () => void;
  let pick: SlowPick;
  before(() => {
    const window = { createQuickPick: () => (pick = new SlowPick()) };
    restore = offerEditor(undefined, { window, QuickInputButtons: {} });
  });
  after(() => restore());

  const ask = async (): Promise<Promise<InputResult<string>>[]> => {
    const { askPick } = await import('../../../src/host/util/quickInput');
    const choices = ['Critical', 'Warning'].map((label) => ({ label, value: label }));
    const answer = askPick({
      title: 'Filter',
      placeholder: '',
      choices,
      typed: (text) => ({ label: text, value: text }),
    });
    pick.activate(0);
    return [answer];
  };
  const answered = (value: string): InputResult<string> => ({ kind: 'value', value });

  it('takes the text on Enter, whatever was active before', async () => {
    const [answer] = await ask();
    pick.type('warn');
    pick.accept();
    assert.deepEqual(await answer, answered('warn'));
  });

  it('takes the text on Enter where the list told of an entry from before', async () => {
    const [answer] = await ask();
    pick.type('warn');
    pick.activate(1);
    pick.accept();
    assert.deepEqual(await answer, answered('warn'));
  });

  it('takes the entry that was chosen after the text was offered', async () => {
    const [answer] = await ask();
    pick.type('warn');
    pick.activate(0);
    pick.activate(2);
    pick.accept();
    assert.deepEqual(await answer, answered('Warning'));
  });

  it('takes an entry where nothing is typed', async () => {
    const [answer] = await ask();
    pick.activate(1);
    pick.accept();
    assert.deepEqual(await answer, answered('Warning'));
  });
});
