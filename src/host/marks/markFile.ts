/** The marks that were added on this computer: one small file, which all windows share. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { maxMarks, parseMark } from '../../contract/mark';
import { withFileLock } from '../../process/fileLock';
import { makePrivateFolder, replacePrivateFile } from '../../process/privateFiles';
import { readRegularFile } from '../../process/regularFile';
import { defined } from '../../util/defined';
import { objectOf } from '../../util/json';

/** A mark of one flow, or without `flowId` of all flows of the account. */
export interface KeptMark {
  readonly id: string;
  readonly accountName: string;
  readonly flowId?: string;
  readonly time: number;
  readonly text: string;
}

export class MarkFile {
  private readonly file: string;

  constructor(private readonly folder: string) {
    this.file = path.join(folder, 'marks.json');
  }

  /** Empty where there is no file, or none of ours. */
  async read(): Promise<readonly KeptMark[]> {
    const bytes = await readRegularFile(this.file).catch(() => undefined);
    return bytes ? marksOf(bytes.toString('utf8')) : [];
  }

  /** Changes what stands there now, while no other window does; gives what stands there then. */
  async update(change: (marks: readonly KeptMark[]) => readonly KeptMark[]): Promise<readonly KeptMark[]> {
    const found = await this.read();
    if (isSame(change(found), found)) return found;
    await makePrivateFolder(this.folder);
    return withFileLock(this.file, async () => {
      const before = await this.read();
      const next = change(before);
      if (isSame(next, before)) return before;
      if (next.length === 0) await rm(this.file, { force: true });
      else await replacePrivateFile(this.file, textOfMarks(next));
      return next;
    });
  }
}

export function isSame(one: readonly KeptMark[], other: readonly KeptMark[]): boolean {
  return textOfMarks(one) === textOfMarks(other);
}

function textOfMarks(marks: readonly KeptMark[]): string {
  const entries = marks.map(({ accountName, flowId, ...mark }) => ({ account: accountName, flow: flowId, ...mark }));
  return JSON.stringify({ version: 1, marks: entries });
}

function marksOf(text: string): readonly KeptMark[] {
  try {
    const marks = objectOf(JSON.parse(text))?.marks;
    return Array.isArray(marks) ? marks.flatMap(readMark).slice(-maxMarks) : [];
  } catch {
    return [];
  }
}

function readMark(entry: unknown): readonly KeptMark[] {
  const { id, account } = objectOf(entry) ?? {};
  const mark = parseMark(entry, NaN);
  if (typeof id !== 'string' || typeof account !== 'string' || !mark.ok) return [];
  const { text, time, flowId } = mark.value;
  return [{ id, accountName: account, time, text, ...defined({ flowId }) }];
}
