/** `mark`: marks in a file of measurements that is in use. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../../src/cli/command';
import { readMarkOptions } from '../../../src/cli/mark';
import { buildProgram } from '../../fixtures/program';
import { cleanUp, event, flowId, newFolder, open, present, requests } from '../store/sqlite/storeFixture';

describe('command line: mark', () => {
  let folder: string;
  let program: string;
  before(async () => {
    program = await buildProgram(newFolder());
  });
  beforeEach(() => {
    folder = newFolder();
  });
  after(cleanUp);

  async function mark(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const child = spawn(process.execPath, [program, 'mark', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  it('adds, lists and removes marks while others use the file, and touches nothing else', async () => {
    const store = await open({ file: path.join(folder, 'meter.db') });
    // Older than a store keeps figures for by default: a mark deletes none of them.
    await store.record([event(), event({ time: present - 399 * 86_400_000 })]);
    const added = await mark('--store', 'meter.db', 'v1.4.2');
    assert.deepEqual([added.code, added.err], [0, '']);
    assert.match(added.out, /^marked \d{4}-\d\d-\d\dT[\d:.]+Z in meter\.db \(mark 1\)\n$/);
    const args = ['--store', 'meter.db', '--flow', flowId, '--time', '2026-03-12T14:18:00Z', '--', '--hotfix'];
    assert.equal((await mark(...args)).out, 'marked 2026-03-12T14:18:00.000Z in meter.db (mark 2)\n');
    const [, second] = await store.readMarks(flowId);
    assert.deepEqual(second, { id: '2', text: '--hotfix', time: present, flowId });
    const list = (await mark('--store', 'meter.db', '--list')).out.split('\n').map((line) => line.split('\t'));
    assert.deepEqual(list[0]?.slice(2), ['all flows', 'v1.4.2']);
    assert.deepEqual(list[1], ['2', '2026-03-12T14:18:00.000Z', flowId, '--hotfix']);
    assert.equal((await mark('--store', 'meter.db', '--remove', '2')).out, 'mark 2 is removed from meter.db\n');
    const unknown = await mark('--store', 'meter.db', '--flow', '43', 'v1');
    assert.deepEqual([unknown.code, unknown.out], [1, '']);
    assert.match(unknown.err, /does not know this flow/);
    assert.equal(await requests(store), 2);
  }).timeout(60_000);

  it('makes no file by a slip in its name, and repeats no argument', async () => {
    const { code, err } = await mark('--store', './secret.db', 'secret');
    assert.deepEqual([code, err], [1, 'flowmeter: --store names no file that is there.\n']);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('leaves a damaged file where it is, and says that it is damaged', async () => {
    const store = await open({ file: path.join(folder, 'meter.db') });
    for (let i = 0; i < 200; i++) await store.record([event({ flowId: String(1000 + i) })]);
    await store.close();
    const whole = readFileSync(path.join(folder, 'meter.db'));
    writeFileSync(path.join(folder, 'meter.db'), whole.subarray(0, 20_000));
    for (const args of [['--list'], ['--remove', '4'], ['v1']]) {
      const { code, out, err } = await mark('--store', 'meter.db', ...args);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /^flowmeter: meter\.db is damaged: .+\.\n$/);
    }
    assert.deepEqual(readdirSync(folder), ['meter.db']);
    assert.deepEqual(readFileSync(path.join(folder, 'meter.db')), whole.subarray(0, 20_000));
  });

  it('refuses options that make no sense', () => {
    const now = Date.parse('2026-03-12T14:18:00Z');
    for (const [args, message] of [
      [['v1'], /--store FILE is missing/],
      [['--store', 'demo', 'v1'], /--store must be a file with a dot or a slash/],
      [['--store', 'm.db'], /The text is missing/],
      [['--store', 'm.db', ' '], /The text must be text of 1 to 100 characters/],
      [['--store', 'm.db', 'v1', 'beta'], /more than one text: put it in quotation marks/],
      [['--store', 'm.db', 'v1', '--flow', 'x'], /--flow must be a flow id/],
      [['--store', 'm.db', 'v1', '--time', '2026-03-12'], /--time must be an ISO time with its zone/],
      [['--store', 'm.db', 'v1', '--time', '2026-03-14T00:00:00Z'], /--time must be at most 24 hours from now/],
      [['--store', 'm.db', 'v1', '--time', '1773325080'], /too short for epoch milliseconds/],
      [['--store', 'm.db', '\u200b'], /The text must be text of 1 to 100 characters/],
      [['--store', 'm.db', 'v1', '--list'], /exclude each other/],
      [['--store', 'm.db', '--list', '--remove', '1'], /exclude each other/],
      [['--store', 'm.db', '--remove', 'v1'], /--remove must be the number of a mark/],
      [['--store', 'm.db', 'v1', '--force'], /is no option of this command/],
    ] as const) {
      assert.throws(
        () => readMarkOptions(args, now),
        (error) => error instanceof UsageError && message.test(error.message),
        args.join(' '),
      );
    }
    const { action } = readMarkOptions(['--store', 'm.db', 'v1', '--time', '1773325081000'], now);
    assert.deepEqual(action, { name: 'add', mark: { text: 'v1', time: 1773325081000 } });
    const turned = readMarkOptions(['--store', 'm.db', 'a\u202e\u200b\nb 👩\u200d💻'], now).action;
    assert.equal(turned.name === 'add' && turned.mark.text, 'a b 👩\u200d💻');
  });
});
