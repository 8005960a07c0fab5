import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from '../../domain/account';
import { withFileLock } from '../../process/fileLock';
import { makePrivateFolder, replacePrivateFile } from '../../process/privateFiles';
import { readRegularFile } from '../../process/regularFile';
import { maxKeptBytes, mergeKeptDays, packKeptDays, unpackKeptDays, type DaysByMetric } from '../../state/keptDaysFile';

const extension = '.days';

/** A file for each flow and zone of days, in a folder for each account. An account that gets another name keeps it. */
export class HistoryFiles {
  constructor(private readonly folder: string) {}

  /** Nothing where there is no file, or none of ours. */
  async load(account: Account, flowId: string, zone: string): Promise<DaysByMetric> {
    const bytes = await readRegularFile(this.fileOf(account, flowId, zone), maxKeptBytes).catch(() => undefined);
    return bytes ? unpackKeptDays(ownerOf(flowId, zone), bytes) : {};
  }

  /** Adds days to what is kept, while no other window does; answers with all that is kept then. */
  async add(account: Account, flowId: string, zone: string, fresh: DaysByMetric, from: number): Promise<DaysByMetric> {
    const file = this.fileOf(account, flowId, zone);
    await makePrivateFolder(path.dirname(file));
    return withFileLock(file, async () => {
      const before = await this.load(account, flowId, zone);
      const merged = mergeKeptDays(before, fresh, from);
      if (merged !== before) await replacePrivateFile(file, packKeptDays(ownerOf(flowId, zone), merged));
      return merged;
    });
  }

  async removeAll(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Removes what was kept of other accounts, and of flows that an account no longer names. */
  async retainOnly(accounts: readonly Account[]): Promise<void> {
    const kept = new Map<string, Account[]>();
    for (const account of accounts) {
      const name = folderNameOf(account);
      kept.set(name, [...(kept.get(name) ?? []), account]);
    }
    for (const name of await namesIn(this.folder)) {
      const folder = path.join(this.folder, name);
      const owners = kept.get(name);
      if (!owners) await rm(folder, { recursive: true, force: true });
      else if (owners.every(({ flowIds, businessAccountId }) => flowIds && businessAccountId === undefined)) {
        const named = new Set(owners.flatMap(({ flowIds = [] }) => flowIds));
        for (const file of await namesIn(folder)) {
          if (!named.has(file.split('-')[0]!)) await rm(path.join(folder, file), { force: true });
        }
      }
    }
  }

  private fileOf(account: Account, flowId: string, zone: string): string {
    // Days of another zone are other days; who comes back to the first finds its days again.
    return path.join(this.folder, folderNameOf(account), `${flowId}-${hashed(zone).slice(0, 8)}${extension}`);
  }
}

function ownerOf(flowId: string, zone: string): string {
  return JSON.stringify([flowId, zone]);
}

/** The server, and whose flows they are there: neither the name nor the version of an account. */
function folderNameOf({ source, baseUrl = '', businessAccountId = '' }: Account): string {
  return hashed(JSON.stringify([source, baseUrl, businessAccountId])).slice(0, 32);
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
