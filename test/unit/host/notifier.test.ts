/** Messages that say the same. */
import assert from 'node:assert/strict';
import type { Log } from '../../../src/host/app/log';
import { offerEditor } from '../../fixtures/bareEditor';

/** The messages in sight; a second one of the same words ends the first, as in the editor. */
const open = new Map<string, (button: string | undefined) => void>();
const show = (text: string): Promise<string | undefined> => {
  open.get(text)?.(undefined);
  return new Promise((resolve) => open.set(text, resolve));
};

describe('Notifier', () => {
  let restore: () => void;
  before(() => (restore = offerEditor(undefined, { window: { showInformationMessage: show } })));
  after(() => restore());

  it('shows again what an earlier message still says, with the buttons of the later one', async () => {
    const { Notifier } = await import('../../../src/host/app/notifier');
    const notifier = new Notifier({} as Log);
    const pressed: string[] = [];
    const told = ['first', 'second'].map((file) =>
      notifier.info('Saved figures.csv.', { title: 'Open', run: () => pressed.push(file) }),
    );
    await told[0];
    open.get('Saved figures.csv.')!('Open');
    await told[1];
    assert.deepEqual(pressed, ['second']);
  });
});
