/** Tags of git repositories as marks. Git is asked through the editor's own extension, and nothing comes from a network. */
import { EventEmitter, extensions, workspace, type Disposable, type Event, type Uri } from 'vscode';
import type { Mark } from '../../domain/mark';
import type { Log } from '../app/log';
import type { ConfigValue } from '../storage/settings';
import { DisposableStore } from '../util/lifecycle';

/** More lines would cover the charts: the newest are shown, and of more repositories none is read. */
const limits = { tags: 100, repositories: 20 };

/** In milliseconds. The extension fires an event for every change of a file. */
const debounceMs = 500;

const extensionName = 'vscode.git';

/** What is used of the extension `vscode.git`, API 1. */
interface GitExtension {
  readonly enabled: boolean;
  readonly onDidChangeEnablement: Event<boolean>;
  getAPI(version: 1): GitApi;
}

interface GitApi {
  readonly repositories: readonly Repository[];
  readonly onDidOpenRepository: Event<Repository>;
  readonly onDidCloseRepository: Event<Repository>;
}

interface Repository {
  readonly rootUri: Uri;
  readonly state: { readonly onDidChange: Event<void> };
  getRefs(query: Readonly<Record<string, unknown>>): Promise<readonly Ref[]>;
  getCommit(ref: string): Promise<Commit>;
}

interface Ref {
  readonly name?: string;
  readonly commit?: string;
  readonly commitDetails?: Commit;
}

interface Commit {
  readonly commitDate?: Date;
  readonly authorDate?: Date;
}

interface Tag {
  readonly name: string;
  readonly commit: string;
  /** Of the commit, in epoch milliseconds. */
  readonly time: number;
  readonly root: Uri;
}

interface GitTagsOptions {
  readonly settings: { readonly marksFromGit: ConfigValue<boolean> };
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export class GitTags {
  private readonly changes = new EventEmitter<void>();
  private current: readonly Mark[] = [];
  private followers = 0;
  /** Absent while nobody follows. */
  private whileFollowed: DisposableStore | undefined;
  /** Absent while tags are not to be read. */
  private whileReading: DisposableStore | undefined;
  private readonly loggedCauses = new Set<string>();
  readonly onDidChange = this.changes.event;

  constructor(private readonly options: GitTagsOptions) {}

  /** Newest last. */
  get marks(): readonly Mark[] {
    return this.current;
  }

  /** Reads the tags, and again when they may have changed, until every follower has let go. */
  follow(): Disposable {
    this.followers++;
    if (this.followers === 1) {
      const store = (this.whileFollowed = new DisposableStore());
      store.add(this.options.settings.marksFromGit.onDidChange(() => this.update()));
      store.add(workspace.onDidGrantWorkspaceTrust(() => this.update()));
      this.update();
    }
    let follows = true;
    return {
      dispose: () => {
        if (!follows) return;
        follows = false;
        this.followers--;
        if (this.followers === 0) this.stop();
      },
    };
  }

  dispose(): void {
    this.stop();
    this.changes.dispose();
  }

  private stop(): void {
    this.whileFollowed?.dispose();
    this.whileReading?.dispose();
    this.whileFollowed = this.whileReading = undefined;
  }

  private update(): void {
    // What a repository says is read, and its git configuration run, only where the person trusts it.
    const isWanted = this.options.settings.marksFromGit.value && workspace.isTrusted;
    if (isWanted && !this.whileReading) {
      const store = (this.whileReading = new DisposableStore());
      this.start(store).catch((error) => this.options.log.error(error));
    }
    if (isWanted) return;
    this.whileReading?.dispose();
    this.whileReading = undefined;
    this.set([]);
  }

  private async start(store: DisposableStore): Promise<void> {
    const extension = extensions.getExtension<GitExtension>(extensionName);
    if (!extension) {
      this.logOnce(`the extension “${extensionName}” is missing or disabled`);
      return;
    }
    const git = extension.isActive ? extension.exports : await extension.activate();
    if (store !== this.whileReading) return;
    let connected: DisposableStore | undefined;
    const connect = (): void => {
      connected?.dispose();
      connected = new DisposableStore();
      if (git.enabled) this.connect(git.getAPI(1), connected);
      else {
        this.logOnce('git is missing, or switched off by the setting “git.enabled”');
        this.set([]);
      }
    };
    store.add({ dispose: () => connected?.dispose() });
    store.add(git.onDidChangeEnablement(connect));
    connect();
  }

  private connect(api: GitApi, store: DisposableStore): void {
    let timer: NodeJS.Timeout | undefined;
    let reads = 0;
    const read = async (): Promise<void> => {
      const turn = ++reads;
      const marks = await this.read(api.repositories);
      if (turn === reads) this.set(marks);
    };
    const readSoon = (waitMs = debounceMs): void => {
      clearTimeout(timer);
      timer = setTimeout(() => read().catch((error) => this.options.log.error(error)), waitMs);
    };
    const listen = ({ state }: Repository): unknown => store.add(state.onDidChange(() => readSoon()));
    const stop = (): void => {
      clearTimeout(timer);
      reads++;
    };
    store.add({ dispose: stop });
    store.add(
      api.onDidOpenRepository((repository) => {
        listen(repository);
        readSoon();
      }),
    );
    store.add(api.onDidCloseRepository(() => readSoon()));
    api.repositories.forEach(listen);
    readSoon(0);
  }

  private async read(all: readonly Repository[]): Promise<readonly Mark[]> {
    const repositories = all.slice(0, limits.repositories);
    const found = (await Promise.all(repositories.map((one) => this.tagsOf(one)))).flat();
    // Work trees of one repository have the same tags.
    const tags = [...new Map(found.map((tag) => [`${tag.commit} ${tag.name}`, tag])).values()]
      .filter(({ time }) => time <= Date.now())
      .sort((a, b) => a.time - b.time)
      .slice(-limits.tags);
    const isOneOfSeveral = new Set(tags.map(({ root }) => root.toString())).size > 1;
    return tags.map(({ name, time, root }) => ({
      kind: 'git',
      id: `${root.toString()} ${name}`,
      time,
      text: isOneOfSeveral ? `${name} (${root.path.split('/').at(-1)})` : name,
    }));
  }

  /** None where the repository cannot be read. */
  private async tagsOf(repository: Repository): Promise<readonly Tag[]> {
    try {
      const query = { pattern: 'refs/tags', sort: 'creatordate', count: limits.tags, includeCommitDetails: true };
      const refs = await repository.getRefs(query);
      const tags = await Promise.all(refs.map((ref) => tagOf(repository, ref)));
      return tags.filter((tag) => tag !== undefined);
    } catch (thrown) {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      this.options.log.warn(`No marks from git: the tags of a repository could not be read: ${text}`);
      return [];
    }
  }

  private set(marks: readonly Mark[]): void {
    if (JSON.stringify(marks) === JSON.stringify(this.current)) return;
    this.current = marks;
    this.changes.fire();
  }

  private logOnce(cause: string): void {
    if (this.loggedCauses.has(cause)) return;
    this.loggedCauses.add(cause);
    this.options.log.info(`No marks from git: ${cause}.`);
  }
}

/** Undefined for a tag of anything but a commit. */
async function tagOf(repository: Repository, { name, commit, commitDetails }: Ref): Promise<Tag | undefined> {
  if (name === undefined || commit === undefined) return undefined;
  // Not every version of the extension brings the dates along.
  const details = commitDetails?.commitDate ? commitDetails : await repository.getCommit(commit).catch(() => undefined);
  const time = (details?.commitDate ?? details?.authorDate)?.getTime() ?? NaN;
  return Number.isFinite(time) ? { name, commit, time, root: repository.rootUri } : undefined;
}
