/** What another program may have put where files of ours belong: nothing waits for it, and nothing reads it without end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Memento, SecretStorage } from 'vscode';
import type { Account } from '../../../src/domain/account';
import { AnswerCacheFiles } from '../../../src/host/storage/answerCacheFiles';
import { HistoryFiles } from '../../../src/host/storage/historyFiles';
import { SecretIds } from '../../../src/host/storage/secretIds';
import { ToldLevelsFile } from '../../../src/host/storage/toldLevelsFile';
import { readColumn } from '../../../src/domain/keptDays';
import { seriesOf } from '../domain/make';
import { noToldLevels } from '../../../src/state/toldLevels';
import { Checks } from '../../../src/meter/checks';
import { meterFiles, readOwner, readMeterToken } from '../../../src/meter/folder';
import { MeterSettingsError, readMeterSettings } from '../../../src/meter/settings';

const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };

const days = {
  ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'DAY', [
    [Date.UTC(2026, 0, 10), { value: 3, [readColumn]: 9 }],
  ]),
};

/** Each puts something in the place of a file. */
const foreign: Readonly<Record<string, (file: string) => Promise<void> | void>> = {
  'a pipe that nobody writes': (file) => void execFileSync('mkfifo', [file]),
  'a link to such a pipe': async (file) => {
    execFileSync('mkfifo', [`${file}.pipe`]);
    await symlink(`${file}.pipe`, file);
  },
  'a device without end': (file) => symlink('/dev/zero', file),
  'a file of a terabyte': async (file) => {
    await writeFile(file, '');
    await truncate(file, 2 ** 40);
  },
  'a folder': (file) => mkdir(file).then(() => undefined),
};

const memory = { get: (_: string, fallback: unknown) => fallback } as unknown as Memento;

describe('In the place of a file of ours', function () {
  if (process.platform === 'win32') return;
  this.timeout(5_000);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-foreign-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  for (const [what, put] of Object.entries(foreign)) {
    it(`${what} counts as none, wherever one is read`, async () => {
      const files = new AnswerCacheFiles(folder);
      await files.save(shop, { window: '24h', listedAt: 1, records: [] });
      const [name] = await readdir(folder);
      await rm(path.join(folder, name!));
      await put(path.join(folder, name!));
      assert.equal(await new AnswerCacheFiles(folder).load(shop), undefined);

      const history = new HistoryFiles(path.join(folder, 'history'));
      const kept = () => history.load(shop, '11', 'UTC');
      await history.add(shop, '11', 'UTC', days, 0);
      assert.deepEqual(await kept(), days);
      const [account] = await readdir(path.join(folder, 'history'));
      const [file] = await readdir(path.join(folder, 'history', account!));
      await rm(path.join(folder, 'history', account!, file!));
      await put(path.join(folder, 'history', account!, file!));
      assert.deepEqual(await kept(), {});

      await put(path.join(folder, 'told.json'));
      assert.deepEqual(await new ToldLevelsFile(folder).read(), noToldLevels);

      const notes = path.join(folder, 'notes');
      const ids = new SecretIds(notes, memory, {} as SecretStorage);
      await ids.add('flowmeter.token:["Shop","https://graph.facebook.com"]');
      await put(path.join(notes, 'foreign'));
      assert.deepEqual(await ids.all(), ['flowmeter.token:["Shop","https://graph.facebook.com"]']);

      const { owner, settings, token } = meterFiles(folder);
      for (const file of [owner, settings, token]) await put(file);
      assert.equal(await readOwner(folder), undefined);
      await assert.rejects(readMeterSettings(folder), MeterSettingsError);
      await assert.rejects(readMeterToken(folder));

      const checks = new Checks(() => ({ setFlows: () => undefined, close: () => undefined }));
      const publicKeyFile = path.join(folder, 'key');
      await put(publicKeyFile);
      await checks.setFlows([{ id: '11', upstream: 'https://example.com', publicKeyFile }]);
      assert.deepEqual(checks.problems, [`Flow 11 is not checked: ${publicKeyFile} cannot be read.`]);
    });
  }
});
