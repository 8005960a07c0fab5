/** A secret storage that fails or is empty: the person is asked again, and the token goes to no other place. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { EventEmitter, type Memento, type SecretStorage, type SecretStorageChangeEvent } from 'vscode';
import type { Account } from '../../src/domain/account';
import type { SharedCallLog } from '../../src/host/storage/sharedCallLog';
import { Connections } from '../../src/host/app/connections';
import { Credentials } from '../../src/host/storage/credentials';
import { UserFacingError } from '../../src/host/util/userFacingError';
import { Log } from '../../src/host/app/log';
import { SecretIds } from '../../src/host/storage/secretIds';
import type { MeterHost } from '../../src/host/meter/meterHost';
import { assertWithout, canary } from '../fixtures/canary';

const account: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };

/** A storage that does what the test says, and remembers what it was asked to keep. */
function storage(act: () => Promise<string | undefined>): SecretStorage {
  const emitter = new EventEmitter<SecretStorageChangeEvent>();
  const { event: onDidChange } = emitter;
  return {
    get: act,
    store: () => act().then(() => undefined),
    delete: () => act().then(() => undefined),
    onDidChange,
  } as unknown as SecretStorage;
}

function memory(): Memento & { readonly kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  return {
    kept,
    keys: () => [...kept.keys()],
    get: (key: string, fallback?: unknown) => kept.get(key) ?? fallback,
    update: async (key: string, value: unknown) => void kept.set(key, value),
  } as unknown as Memento & { readonly kept: Map<string, unknown> };
}

const noMeter = { onDidChange: () => ({ dispose: () => undefined }) } as unknown as MeterHost;

describe('A secret storage', () => {
  const broken = new Error(`The keyring is locked (${canary})`);
  const cases: readonly (readonly [string, () => Promise<string | undefined>])[] = [
    ['is empty', () => Promise.resolve(undefined)],
    ['holds an empty text', () => Promise.resolve('')],
    ['fails', () => Promise.reject(broken)],
    ['fails with something other than an error', () => Promise.reject(canary as unknown as Error)],
  ];
  for (const [title, act] of cases) {
    it(`that ${title} gives no token, and asks no server`, async () => {
      const log = new Log();
      const ids = new SecretIds(path.join(tmpdir(), 'flowmeter-no-ids'), memory(), storage(act));
      const credentials = new Credentials(storage(act), ids, log);
      const connections = new Connections(credentials, {} as SharedCallLog, noMeter, log);
      try {
        assert.equal(await credentials.get(account), undefined);
        assert.equal(await connections.connect(account), undefined);
      } finally {
        connections.dispose();
        credentials.dispose();
        log.dispose();
      }
    });
  }

  it('that fails keeps the token nowhere, and says so in words without it', async () => {
    const log = new Log();
    const kept = memory();
    const folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-ids-'));
    const ids = new SecretIds(
      folder,
      kept,
      storage(() => Promise.reject(broken)),
    );
    const credentials = new Credentials(
      storage(() => Promise.reject(broken)),
      ids,
      log,
    );
    try {
      for (const act of [
        () => credentials.set(account, canary),
        () => credentials.remove(account),
        () => credentials.removeAll(),
      ]) {
        await assert.rejects(act, (thrown: unknown) => {
          assert.ok(thrown instanceof UserFacingError);
          assert.match(thrown.message, /secret storage of this computer/);
          assertWithout(canary, 'an error', inspect(thrown, { depth: Infinity, showHidden: true }));
          return true;
        });
      }
      assertWithout(canary, 'memory', JSON.stringify([...kept.kept, await ids.all()]));
      // What could not be removed is still known, so that it can be removed later.
      assert.deepEqual(await ids.all(), [credentials.secretIdOf(account)]);
    } finally {
      await rm(folder, { recursive: true, force: true });
      credentials.dispose();
      log.dispose();
    }
  });
});
