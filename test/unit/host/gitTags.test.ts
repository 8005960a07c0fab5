/** Marks from git, with an extension of git that does as a test says. */
import assert from 'node:assert/strict';
import type { GitTags } from '../../../src/host/marks/gitTags';
import { offerEditor } from '../../fixtures/bareEditor';

class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
  get count(): number {
    return this.listeners.size;
  }
  dispose(): void {
    this.listeners.clear();
  }
}

interface Ref {
  readonly name: string;
  readonly commit: string;
  readonly commitDetails?: object;
}

describe('marks from git', () => {
  const trusted = new EventEmitter<void>();
  const wanted = new EventEmitter<boolean>();
  const enabled = new EventEmitter<boolean>();
  const opened = new EventEmitter<unknown>();
  const closed = new EventEmitter<unknown>();
  const changed = new EventEmitter<void>();
  let release: () => void;
  let lines: string[];
  let asked: number;
  let refs: readonly Ref[];
  let editor: { workspace: { isTrusted: boolean }; extension: object | undefined; isOn: boolean };
  let tags: GitTags;
  const settings = { marksFromGit: { value: true, onDidChange: wanted.event } };

  const dateOf = (seconds: number): Date => new Date(seconds * 1000);
  const repository = (path: string, own: () => readonly Ref[]): object => ({
    rootUri: { path, toString: () => `file://${path}` },
    state: { onDidChange: changed.event },
    getRefs: async (query: { count: number }) => {
      asked++;
      assert.equal(query.count, 100);
      return own();
    },
    // Of an older version of the extension.
    getCommit: async (commit: string) => {
      if (commit === 'tree') throw new Error('This is no commit.');
      return { authorDate: dateOf(Number(commit)), commitDate: dateOf(Number(commit)) };
    },
  });
  let repositories: object[];

  beforeEach(async () => {
    lines = [];
    asked = 0;
    refs = [];
    repositories = [repository('/work/shop', () => refs)];
    settings.marksFromGit.value = true;
    const git = {
      get enabled() {
        return editor.isOn;
      },
      onDidChangeEnablement: enabled.event,
      getAPI: () => ({ repositories, onDidOpenRepository: opened.event, onDidCloseRepository: closed.event }),
    };
    const workspace = { isTrusted: true, onDidGrantWorkspaceTrust: trusted.event };
    editor = { workspace, extension: { isActive: false, activate: async () => git }, isOn: true };
    release = offerEditor(undefined, {
      EventEmitter,
      workspace,
      extensions: { getExtension: () => editor.extension },
    });
    const note = (text: string): void => void lines.push(text);
    const log = { info: note, warn: note, error: (thrown: unknown) => assert.fail(String(thrown)) };
    const module = await import('../../../src/host/marks/gitTags');
    tags = new module.GitTags({ settings, log });
  });

  afterEach(() => {
    tags.dispose();
    release();
    for (const emitter of [trusted, wanted, enabled, opened, closed, changed]) {
      assert.equal(emitter.count, 0);
      emitter.dispose();
    }
  });

  const come = (): Promise<void> =>
    new Promise((resolve) => {
      const listener = tags.onDidChange(() => {
        listener.dispose();
        resolve();
      });
    });
  /** Timers of one length end in their order: a read that is due at once has begun by then. */
  const settled = async (): Promise<void> => {
    await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise(setImmediate);
  };
  const texts = (): readonly string[] => tags.marks.map(({ time, text }) => `${time / 1000} ${text}`);

  it('are read by nobody who follows none, and where they are not wanted or the workspace is not trusted', async () => {
    refs = [{ name: 'v1', commit: '1' }];
    await settled();
    editor.workspace.isTrusted = false;
    const first = tags.follow();
    await settled();
    assert.equal(asked, 0);
    editor.workspace.isTrusted = true;
    const [granted] = [come(), trusted.fire()];
    await granted;
    assert.deepEqual(texts(), ['1 v1']);
    const [unwanted] = [come(), wanted.fire((settings.marksFromGit.value = false))];
    await unwanted;
    assert.deepEqual(texts(), []);
    const [again] = [come(), wanted.fire((settings.marksFromGit.value = true))];
    await again;
    const before = asked;
    first.dispose();
    assert.equal(changed.count + opened.count + enabled.count, 0);
    await settled();
    assert.equal(asked, before);
  });

  it('are those of commits, the newest hundred, none of a time to come, with the folder where there are several', async () => {
    const dated = (name: string, seconds: number): Ref => ({
      name,
      commit: String(seconds),
      commitDetails: { commitDate: dateOf(seconds) },
    });
    refs = [
      ...Array.from({ length: 100 }, (_, i) => dated(`v${i}`, 1000 + i)),
      dated('later', Date.now() / 1000 + 3600),
      { name: 'tree', commit: 'tree' },
    ];
    const follower = tags.follow();
    await come();
    assert.deepEqual([tags.marks.length, texts()[0], texts().at(-1)], [100, '1000 v0', '1099 v99']);
    const tree = repository('/work/tree', () => refs.slice(0, 1));
    repositories.push(
      tree,
      repository('/work/bistro', () => [{ name: 'v7', commit: '1050' }]),
    );
    // Nothing else listens to what happens here.
    const [more] = [come(), opened.fire(tree)];
    await more;
    assert.deepEqual([tags.marks.length, texts()[0], texts()[50]], [100, '1001 v1 (shop)', '1050 v7 (bistro)']);
    follower.dispose();
  });

  it('are told once to be missing, in the log, where the extension is', async () => {
    editor.extension = undefined;
    tags.follow().dispose();
    tags.follow().dispose();
    assert.deepEqual(lines, ['No marks from git: the extension “vscode.git” is missing or disabled.']);
  });

  it('come once git is switched on', async () => {
    refs = [{ name: 'v1', commit: '1' }];
    editor.isOn = false;
    const follower = tags.follow();
    await settled();
    assert.deepEqual(lines, ['No marks from git: git is missing, or switched off by the setting “git.enabled”.']);
    editor.isOn = true;
    const [there] = [come(), enabled.fire(true)];
    await there;
    assert.deepEqual(texts(), ['1 v1']);
    follower.dispose();
  });
});
