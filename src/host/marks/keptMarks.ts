import { randomUUID } from 'node:crypto';
import { EventEmitter, window, type Disposable } from 'vscode';
import { maxMarks } from '../../contract/mark';
import type { Mark } from '../../domain/mark';
import type { FlowRef } from '../../state/flowRef';
import { defined } from '../../util/defined';
import type { Log } from '../app/log';
import type { Settings } from '../storage/settings';
import { DisposableStore } from '../util/lifecycle';
import { GitTags } from './gitTags';
import { isSame, MarkFile, type KeptMark } from './markFile';

export interface KeptMarksOptions {
  readonly folder: string;
  readonly settings: Pick<Settings, 'accounts' | 'marksFromGit'>;
  readonly log: Log;
}

/** Resolves when they are read; where that fails there are none. */
export async function openKeptMarks(options: KeptMarksOptions): Promise<KeptMarks> {
  const kept = new KeptMarks(options);
  await kept.prune().catch((error: unknown) => options.log.error(error));
  return kept;
}

/** The marks of this computer: those that were added, and tags of git repositories. */
export class KeptMarks {
  private readonly store = new DisposableStore();
  private readonly changes = this.store.add(new EventEmitter<void>());
  private readonly file: MarkFile;
  private readonly tags: GitTags;
  private marks: readonly KeptMark[] = [];
  /** Reads and changes go one after another. */
  private last: Promise<void> = Promise.resolve();
  readonly onDidChange = this.changes.event;

  constructor(private readonly options: KeptMarksOptions) {
    this.file = new MarkFile(options.folder);
    this.tags = this.store.add(new GitTags(options));
    this.store.add(this.tags.onDidChange(() => this.changes.fire()));
    // Another window may have added some.
    this.store.add(window.onDidChangeWindowState(({ focused }) => focused && this.attempt(this.load())));
    this.store.add(options.settings.accounts.onDidChange(() => this.attempt(this.prune())));
  }

  /** Reads the file; deletes the marks of accounts that are gone, unless one of the settings cannot be read just now. */
  prune(): Promise<void> {
    const { accounts, problems } = this.options.settings.accounts.value;
    if (problems.length > 0) return this.load();
    const names = new Set(accounts.map(({ name }) => name));
    return this.change((marks) => marks.filter(({ accountName }) => names.has(accountName)));
  }

  /** Those of the flow, and of all flows of its account. */
  of({ accountName, flowId }: FlowRef): readonly KeptMark[] {
    return this.marks.filter(
      (mark) => mark.accountName === accountName && (mark.flowId === undefined || mark.flowId === flowId),
    );
  }

  /** As dashboards show them. */
  shownOn(flow: FlowRef): readonly Mark[] {
    const own = this.of(flow).map(({ id, time, text, flowId }) => ({
      ...{ kind: 'own' as const, id, time, text },
      ...defined({ flowId }),
    }));
    return [...this.tags.marks, ...own];
  }

  /** Tags are read for as long as something shows them. */
  followTags(): Disposable {
    return this.tags.follow();
  }

  /** Where there are too many, the oldest give way. */
  add(mark: Omit<KeptMark, 'id'>): Promise<void> {
    const added = { ...mark, id: randomUUID() };
    return this.change((marks) => [...marks, added].sort((a, b) => a.time - b.time).slice(-maxMarks));
  }

  remove(id: string): Promise<void> {
    return this.change((marks) => marks.filter((mark) => mark.id !== id));
  }

  removeAccount(accountName: string): Promise<void> {
    return this.change((marks) => marks.filter((mark) => mark.accountName !== accountName));
  }

  /** The marks of the account, for its new name too: those of the old name go with it. */
  copyAccount(from: string, to: string): Promise<void> {
    return this.change((marks) => [
      ...marks.filter(({ accountName }) => accountName !== to),
      ...marks
        .filter(({ accountName }) => accountName === from)
        .map((mark) => ({ ...mark, id: randomUUID(), accountName: to })),
    ]);
  }

  settle(): Promise<void> {
    return this.last;
  }

  dispose(): void {
    this.store.dispose();
  }

  private load(): Promise<void> {
    return this.change((marks) => marks);
  }

  /** Changes what stands in the file now, whichever window wrote it. */
  private change(act: (marks: readonly KeptMark[]) => readonly KeptMark[]): Promise<void> {
    const done = this.last.then(async () => {
      const marks = await this.file.update(act);
      if (isSame(marks, this.marks)) return;
      this.marks = marks;
      this.changes.fire();
    });
    this.last = done.catch(() => undefined);
    return done;
  }

  private attempt(work: Promise<void>): void {
    work.catch((error) => this.options.log.error(error));
  }
}
