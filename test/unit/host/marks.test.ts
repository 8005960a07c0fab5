/** Marks that are kept on this computer: their file, which windows share, and times as a person writes them. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { maxMarks } from '../../../src/contract/mark';
import { readMarkTime, writeMarkTime } from '../../../src/host/commands/markTime';
import type { KeptMarks } from '../../../src/host/marks/keptMarks';
import { offerEditor } from '../../fixtures/bareEditor';

class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(value: T): void {
    for (const listener of this.listeners) listener(value);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

describe('marks of this computer', () => {
  let folder: string;
  let release: () => void;
  let accounts: { value: { accounts: { name: string }[]; problems: string[] }; onDidChange: unknown };
  let changed: EventEmitter<void>;
  const opened: KeptMarks[] = [];

  beforeEach(() => {
    folder = path.join(mkdtempSync(path.join(tmpdir(), 'flowmeter-marks-')), 'marks');
    release = offerEditor(undefined, { EventEmitter });
    changed = new EventEmitter();
    accounts = {
      value: { accounts: [{ name: 'Shop' }, { name: 'Demo' }], problems: [] },
      onDidChange: changed.event,
    };
  });
  afterEach(() => {
    for (const marks of opened.splice(0)) marks.dispose();
    release();
    rmSync(path.dirname(folder), { recursive: true, force: true });
  });

  async function open(): Promise<KeptMarks> {
    const { openKeptMarks } = await import('../../../src/host/marks/keptMarks');
    const log = { error: (thrown: unknown) => assert.fail(String(thrown)) };
    const marks = await openKeptMarks({ folder, settings: { accounts } as never, log: log as never });
    opened.push(marks);
    return marks;
  }

  const file = (): string => path.join(folder, 'marks.json');
  const textsOf = (marks: KeptMarks, accountName: string, flowId = '1'): readonly string[] =>
    marks.of({ accountName, flowId }).map(({ text }) => text);

  it('belong to a flow or to all flows of an account, in every window', async () => {
    const [one, other] = [await open(), await open()];
    assert.ok(!existsSync(folder), 'looking writes nothing');
    let news = 0;
    one.onDidChange(() => news++);
    await one.add({ accountName: 'Shop', flowId: '1', time: 2, text: 'v2' });
    await other.add({ accountName: 'Shop', time: 1, text: 'v1' });
    await one.add({ accountName: 'Demo', time: 3, text: 'v3' });
    assert.equal(news, 2);
    assert.deepEqual(
      [textsOf(one, 'Shop'), textsOf(one, 'Shop', '2'), textsOf(one, 'Demo')],
      [['v1', 'v2'], ['v1'], ['v3']],
    );
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['marks.json'], 'no draft and no lock is left');
    await one.remove(one.of({ accountName: 'Shop', flowId: '1' })[1]!.id);
    assert.deepEqual(textsOf(await open(), 'Shop'), ['v1']);
  });

  it('follow the names of their account, and go with it', async () => {
    const marks = await open();
    await marks.add({ accountName: 'Shop', time: 1, text: 'v1' });
    await marks.copyAccount('Shop', 'Store');
    accounts.value = { accounts: [{ name: 'Store' }], problems: [] };
    changed.fire();
    await marks.settle();
    assert.deepEqual([textsOf(marks, 'Shop'), textsOf(marks, 'Store')], [[], ['v1']]);
    // An entry of the settings that cannot be read just now costs nothing.
    accounts.value = { accounts: [], problems: ['no JSON'] };
    assert.deepEqual(textsOf(await open(), 'Store'), ['v1']);
    accounts.value = { accounts: [{ name: 'Shop' }], problems: [] };
    await open();
    assert.ok(!existsSync(file()), 'nothing is left to keep');
  });

  it('are bounded, and none of a file that is not ours', async () => {
    const marks = await open();
    await marks.add({ accountName: 'Shop', time: 5, text: 'v1' });
    const [entry] = (JSON.parse(readFileSync(file(), 'utf8')) as { marks: unknown[] }).marks;
    const many = Array.from({ length: 2 * maxMarks }, (_, i) => ({ ...(entry as object), id: `${i}`, time: i }));
    writeFileSync(file(), JSON.stringify({ marks: many }));
    const full = await open();
    assert.equal(full.of({ accountName: 'Shop', flowId: '1' }).length, maxMarks);
    await full.add({ accountName: 'Shop', time: 2 * maxMarks, text: 'next' });
    const kept = full.of({ accountName: 'Shop', flowId: '1' });
    assert.deepEqual([kept.length, kept.at(-1)?.text], [maxMarks, 'next']);
    for (const text of ['', '{', '[]', '{"marks":{}}', '{"marks":[1,null,{"id":"1","account":"Shop","text":"x"}]}']) {
      writeFileSync(file(), text);
      assert.deepEqual(textsOf(await open(), 'Shop'), [], text);
    }
    writeFileSync(file(), JSON.stringify({ marks: [{ ...(entry as object), text: `a\u0000\n${'b'.repeat(98)}` }] }));
    assert.deepEqual(textsOf(await open(), 'Shop'), [`a ${'b'.repeat(98)}`]);
  });
});

describe('the time of a mark', () => {
  const now = new Date(2026, 2, 12, 14, 18, 30).getTime();

  it('is a day and a time, a time of today, or an instant with its zone', () => {
    const at = (text: string): string | undefined => {
      const time = readMarkTime(text, now);
      return typeof time === 'number' ? writeMarkTime(time) : time;
    };
    assert.equal(at('2026-03-12 14:18'), '2026-03-12 14:18');
    assert.equal(at(' 2026-3-1T4:05 '), '2026-03-01 04:05');
    assert.equal(at('9:30'), '2026-03-12 09:30');
    assert.equal(at('14:19'), 'later');
    assert.equal(at('2026-03-13 00:00'), 'later');
    assert.equal(readMarkTime('2026-03-12T00:00:00Z', now), Date.UTC(2026, 2, 12));
    for (const text of [
      '',
      'now',
      '2026-02-30 10:00',
      '24:00',
      '10:60',
      '2026-03-12',
      '1960-01-01 00:00',
      '2026-13-01 10:00',
    ]) {
      assert.equal(at(text), undefined, text);
    }
  });
});
