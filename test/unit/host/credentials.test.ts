/** Which secrets go when an account goes, with storage and settings as an editor has them. */
import assert from 'node:assert/strict';
import type { Memento, SecretStorage } from 'vscode';
import type { Account } from '../../../src/contract/account';
import { namesOfEntries } from '../../../src/contract/accountSettings';
import type { Credentials } from '../../../src/host/credentials';
import type { Log } from '../../../src/host/log';
import { offerEditor } from '../../fixtures/bareEditor';

const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const other: Account = { name: 'Other', source: 'meta', businessAccountId: '2' };

function memory(): Memento {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: (key: string, fallback?: unknown) => kept.get(key) ?? fallback,
    update: async (key: string, value: unknown) => void kept.set(key, value),
  } as unknown as Memento;
}

class Secrets {
  readonly kept = new Map<string, string>();
  readonly onDidChange = (): { dispose(): void } => ({ dispose: () => undefined });
  get = async (id: string): Promise<string | undefined> => this.kept.get(id);
  store = async (id: string, value: string): Promise<void> => void this.kept.set(id, value);
  delete = async (id: string): Promise<void> => void this.kept.delete(id);
}

describe('Secrets of accounts', () => {
  let release: () => void;
  let secrets: Secrets;
  let credentials: Credentials;

  beforeEach(async () => {
    release = offerEditor();
    const { Credentials: Real } = await import('../../../src/host/credentials');
    secrets = new Secrets();
    const log = { hide: () => undefined, error: (thrown: unknown) => assert.fail(String(thrown)) } as unknown as Log;
    credentials = new Real(secrets as unknown as SecretStorage, memory(), log);
    await credentials.set(shop, 'token-of-shop');
    await credentials.set(other, 'token-of-other');
  });

  afterEach(() => {
    credentials.dispose();
    release();
  });

  const slips: readonly (readonly [string, unknown])[] = [
    ['a version that is none', [{ ...other, apiVersion: '26.0' }]],
    ['an id without quotes', [{ ...other, businessAccountId: 2 }]],
    ['no source', [{ name: 'Other' }]],
    ['a source that is none', [{ ...other, source: 'Meta' }]],
    ['an address that is none', [{ ...other, baseUrl: 'x' }]],
    ['a name that ends with a space', [{ ...other, name: 'Other ' }]],
    ['a name with an invisible character', [{ ...other, name: 'Ot\u200bher' }]],
    ['no name', [{ source: 'meta', businessAccountId: '2' }]],
    ['a name in capitals for its key', [{ ...other, name: undefined, Name: 'Other' }]],
    ['a name alone', ['Other']],
    ['an account where a list belongs', other],
  ];
  for (const [title, setting] of slips) {
    it(`stay where the entry of another account has ${title}`, async () => {
      await credentials.remove(shop);
      await credentials.forget('Shop', namesOfEntries(setting));
      assert.deepEqual([...secrets.kept.values()], ['token-of-other']);
    });
  }

  it('go where their account was renamed or deleted by hand', async () => {
    await credentials.forget('Shop', namesOfEntries([{ ...other, name: 'Renamed' }]));
    assert.deepEqual([...secrets.kept.values()], []);
  });
});
