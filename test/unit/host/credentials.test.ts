/** Which secrets go when an account goes, with storage and settings as an editor has them. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SecretStorage } from 'vscode';
import type { Account } from '../../../src/domain/account';
import { namesOfEntries } from '../../../src/host/storage/accountSettings';
import type { Credentials } from '../../../src/host/storage/credentials';
import type { Log } from '../../../src/host/app/log';
import { SecretIds } from '../../../src/host/storage/secretIds';
import { secretIdsKey } from '../../../src/ids';
import { offerEditor } from '../../fixtures/bareEditor';
import { memento } from '../../fixtures/memento';

const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const other: Account = { name: 'Other', source: 'meta', businessAccountId: '2' };

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
  let folder: string;
  const opened: Credentials[] = [];

  beforeEach(async () => {
    release = offerEditor();
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-ids-'));
    secrets = new Secrets();
    credentials = await openProfile();
    await credentials.set(shop, 'token-of-shop');
    await credentials.set(other, 'token-of-other');
  });

  afterEach(async () => {
    for (const one of opened.splice(0)) one.dispose();
    release();
    await rm(folder, { recursive: true, force: true });
  });

  /** A window of a profile, which has a memory of its own. */
  async function openProfile(own = memento()): Promise<Credentials> {
    const { Credentials: Real } = await import('../../../src/host/storage/credentials');
    const log = { hide: () => undefined, error: (thrown: unknown) => assert.fail(String(thrown)) } as unknown as Log;
    const storage = secrets as unknown as SecretStorage;
    const profile = new Real(storage, new SecretIds(folder, own, storage), log);
    opened.push(profile);
    return profile;
  }

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
      await credentials.removeAccount('Shop', namesOfEntries(setting));
      assert.deepEqual([...secrets.kept.values()], ['token-of-other']);
    });
  }

  it('are known in every profile, whichever they were set in', async () => {
    await credentials.setAppSecret('Meter', '42', 'an-app-secret');
    const second = await openProfile();
    assert.deepEqual(await second.appSecrets('Meter'), { 42: 'an-app-secret' });
    await second.removeAll();
    assert.deepEqual([...secrets.kept], []);
    assert.deepEqual(await readdir(folder), []);
  });

  it('are known also where an earlier version noted them in the memory of one profile', async () => {
    const own = memento();
    await own.update(secretIdsKey, ['flowmeter.appSecret:["Meter","7"]']);
    secrets.kept.set('flowmeter.appSecret:["Meter","7"]', 'an-old-secret');
    const old = await openProfile(own);
    assert.deepEqual(await old.appSecrets('Meter'), { 7: 'an-old-secret' });
    assert.deepEqual(own.get(secretIdsKey), undefined);
    await (await openProfile()).removeAll();
    assert.deepEqual([...secrets.kept], []);
  });

  it('all go where the editor lists them, though nothing noted them', async () => {
    secrets.kept.set('flowmeter.token:["Lost","https://example.com"]', 'a-lost-token');
    Object.assign(secrets, { keys: async () => [...secrets.kept.keys()] });
    await (await openProfile()).removeAll();
    assert.deepEqual([...secrets.kept], []);
  });

  it('all go by their notes where the editor fails to list them', async () => {
    Object.assign(secrets, { keys: () => Promise.reject(new Error('locked')) });
    await (await openProfile()).removeAll();
    assert.deepEqual([...secrets.kept], []);
  });

  it('are noted by many windows at once, and no note is lost', async () => {
    const windows = await Promise.all(Array.from({ length: 4 }, () => openProfile()));
    const ids = Array.from({ length: 40 }, (_, i) => String(i + 1));
    await Promise.all(ids.map((id, i) => windows[i % 4]!.setAppSecret('Meter', id, `secret-${id}`)));
    assert.equal(Object.keys(await credentials.appSecrets('Meter')).length, ids.length);
  });

  it('stay noted where the storage fails to remove them', async () => {
    secrets.delete = () => Promise.reject(new Error('locked'));
    const second = await openProfile();
    Object.assign(second, { log: { error: () => undefined } });
    await assert.rejects(second.removeAll());
    assert.equal((await readdir(folder)).length, 2);
  });

  it('go where their account was renamed or deleted by hand', async () => {
    await credentials.removeAccount('Shop', namesOfEntries([{ ...other, name: 'Renamed' }]));
    assert.deepEqual([...secrets.kept.values()], []);
  });

  it('go along to another name, each for the origin that it was entered for', async () => {
    const server: Account = { name: 'Shop', source: 'server', businessAccountId: '1', baseUrl: 'http://127.0.0.1:1' };
    await credentials.set(server, 'token-of-server');
    await credentials.setAppSecret('Shop', '7', 'an-app-secret');
    await credentials.copySecrets('Shop', 'Store');
    await credentials.removeAccount('Shop', undefined);
    assert.deepEqual([...secrets.kept].sort(), [
      ['flowmeter.appSecret:["Store","7"]', 'an-app-secret'],
      ['flowmeter.token:["Other","https://graph.facebook.com"]', 'token-of-other'],
      ['flowmeter.token:["Store","http://127.0.0.1:1"]', 'token-of-server'],
      ['flowmeter.token:["Store","https://graph.facebook.com"]', 'token-of-shop'],
    ]);
    assert.equal(await credentials.get({ ...shop, name: 'Store' }), 'token-of-shop');
    await (await openProfile()).removeAll();
    assert.deepEqual([...secrets.kept], [], 'and are noted');
  });

  it('of a meter are offered under a former name, and go to the new one without tokens of that name', async () => {
    const meter: Account = { name: 'New meter', source: 'meter' };
    const names = namesOfEntries([meter, other]);
    assert.deepEqual(await credentials.formerNames(meter, names), [], 'a token is nothing for a meter');
    await credentials.setAppSecret('Shop', '7', 'an-app-secret');
    await credentials.setAlertSecrets('Shop', { verifyToken: 'verify', appSecret: 'another-app-secret' });
    assert.deepEqual(await credentials.formerNames(meter, names), ['Shop']);
    assert.deepEqual(await credentials.formerNames(meter, namesOfEntries([meter, shop, other])), [], 'it is in use');
    await credentials.moveMeterSecrets('Shop', 'New meter');
    assert.deepEqual(await credentials.appSecrets('New meter'), { 7: 'an-app-secret' });
    assert.equal((await credentials.alertSecrets('New meter'))?.verifyToken, 'verify');
    assert.deepEqual([await credentials.appSecrets('Shop'), await credentials.alertSecrets('Shop')], [{}, undefined]);
    assert.equal(await credentials.get(shop), 'token-of-shop');
    assert.deepEqual(await credentials.formerNames(meter, names), []);
  });

  it('are offered under a former name to their own origin alone, where no account has that name', async () => {
    const renamed: Account = { ...shop, name: 'Store' };
    const names = (...accounts: readonly Account[]): readonly string[] | undefined => namesOfEntries(accounts);
    assert.deepEqual(await credentials.formerNames(renamed, names(renamed, other)), ['Shop']);
    assert.deepEqual(await credentials.formerNames(renamed, names(renamed, shop, other)), [], 'it is in use');
    assert.deepEqual(await credentials.formerNames(renamed, undefined), [], 'a slip of the pen frees no name');
    for (const baseUrl of [
      'http://127.0.0.1:1',
      'https://graph.facebook.com.example.org',
      'https://graph.facebook.com:8443',
    ]) {
      const elsewhere: Account = { ...renamed, source: 'server', baseUrl };
      assert.deepEqual(await credentials.formerNames(elsewhere, names(elsewhere, other)), [], baseUrl);
    }
    await credentials.remove(shop);
    assert.deepEqual(await credentials.formerNames(renamed, names(renamed, other)), []);
  });
});
