import { EventEmitter, type Memento } from 'vscode';
import type { Account } from '../../domain/account';
import { levelOrder } from '../../domain/health';
import { groupings, type Arrangement, type FlowFilter } from '../../presentation/rows/arrangement';
import { arrangementKey } from '../../ids';
import { accountKey } from '../../state/accountKey';
import { flowKey, flowRefOf, type FlowRef } from '../../state/flowRef';
import type { FlowState } from '../../state/flowState';
import { defined } from '../../util/defined';
import { setContext } from '../app/contexts';

export type FlowFlag = 'pinned' | 'hidden';

/** What is kept of one account. */
interface KeptFlags {
  /** All of the account but its name, by which it is known again under another one. */
  readonly place: string;
  /** Ids of flows. */
  readonly pinned: readonly string[];
  readonly hidden: readonly string[];
}

interface Kept {
  readonly groupBy?: unknown;
  readonly filter?: unknown;
  readonly showsHidden?: unknown;
  readonly accounts?: Readonly<Record<string, KeptFlags>>;
}

/** How the tree is arranged: kept on this computer for all windows, and synchronised with no other. */
export class ArrangementStore {
  private readonly changed = new EventEmitter<void>();
  private kept: unknown;
  private names = '';
  private current: Arrangement = { groupBy: 'account', pinned: new Set(), hidden: new Set(), showsHidden: false };
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly memory: Pick<Memento, 'get' | 'update'>,
    private readonly state: FlowState,
    private readonly log: { error(thrown: unknown): void },
  ) {}

  /** As it is kept now; another window may have changed it. The same object as long as it stays the same. */
  get value(): Arrangement {
    return this.current;
  }

  /** Takes over what is kept and which accounts there are, so that flows count or do not. */
  update(): void {
    const kept = this.memory.get<unknown>(arrangementKey);
    const accounts = this.accounts;
    const names = JSON.stringify(accounts.map(accountKey));
    if (kept !== this.kept || names !== this.names) {
      this.kept = kept;
      this.names = names;
      this.current = this.read();
      this.state.setHidden(this.current.hidden);
    }
    const flows = this.state.snapshot.accounts.flatMap((account) => account.flows);
    setContext('flowmeter.hasFilter', this.current.filter !== undefined);
    setContext(
      'flowmeter.hasPinned',
      flows.some(({ key }) => this.current.pinned.has(key)),
    );
    setContext(
      'flowmeter.hasHidden',
      flows.some(({ hidden }) => hidden),
    );
    setContext('flowmeter.showsHidden', this.current.showsHidden);
  }

  async change(change: Partial<Pick<Arrangement, 'groupBy' | 'showsHidden'>>): Promise<void> {
    this.update();
    await this.write({ ...this.current, ...change });
  }

  async setFilter(filter: FlowFilter | undefined): Promise<void> {
    this.update();
    const { groupBy, pinned, hidden, showsHidden } = this.current;
    await this.write({ groupBy, pinned, hidden, showsHidden, ...defined({ filter }) });
  }

  async setFlag(flow: FlowRef, flag: FlowFlag, isSet: boolean): Promise<void> {
    this.update();
    const keys = new Set(this.current[flag]);
    if (isSet) keys.add(flowKey(flow));
    else keys.delete(flowKey(flow));
    await this.write({ ...this.current, [flag]: keys });
  }

  /** The account was removed. */
  async forget(accountName: string): Promise<void> {
    const { [accountName]: gone, ...accounts } = this.keptAccounts;
    if (gone) await this.save({ ...keptOf(this.memory.get(arrangementKey)), accounts });
  }

  dispose(): void {
    this.changed.dispose();
  }

  private get accounts(): readonly Account[] {
    return this.state.snapshot.accounts.map(({ account }) => account);
  }

  private get keptAccounts(): Readonly<Record<string, KeptFlags>> {
    const { accounts } = keptOf(this.memory.get(arrangementKey));
    return typeof accounts === 'object' && accounts !== null ? accounts : {};
  }

  private read(): Arrangement {
    const { groupBy, filter, showsHidden } = keptOf(this.kept);
    const all = this.accounts;
    const flagged = (flag: FlowFlag): Set<string> =>
      new Set(
        all.flatMap((account) =>
          idsOf(this.keptAccounts[this.keptName(account, all)]?.[flag]).map((flowId) =>
            flowKey({ accountName: account.name, flowId }),
          ),
        ),
      );
    const renamed = all.some((account) => this.keptName(account, all) !== account.name);
    const arrangement = {
      groupBy: groupings.find((one) => one === groupBy) ?? 'account',
      pinned: flagged('pinned'),
      hidden: flagged('hidden'),
      showsHidden: showsHidden === true,
      ...defined({ filter: filterOf(filter) }),
    };
    // Under the new name, before another account gets the old one.
    if (renamed) this.write(arrangement).catch((error: unknown) => this.log.error(error));
    return arrangement;
  }

  /** The name under which the account is kept: its own, or one that it had, which no account has now. */
  private keptName(account: Account, all: readonly Account[]): string {
    const kept = this.keptAccounts;
    if (Object.hasOwn(kept, account.name)) return account.name;
    const isFree = (name: string): boolean => all.every((one) => one.name !== name);
    const former = Object.keys(kept).find((name) => isFree(name) && kept[name]?.place === placeOf(account));
    return former ?? account.name;
  }

  private async write(arrangement: Arrangement): Promise<void> {
    const all = this.accounts;
    const former = new Set(all.map((account) => this.keptName(account, all)));
    const others = Object.entries(this.keptAccounts).filter(([name]) => !former.has(name));
    const accounts: Record<string, KeptFlags> = Object.fromEntries(others);
    for (const account of all) {
      const ids = (keys: ReadonlySet<string>): string[] =>
        [...keys].flatMap((key) => {
          const flow = flowRefOf(key);
          return flow?.accountName === account.name ? [flow.flowId] : [];
        });
      const [pinned, hidden] = [ids(arrangement.pinned), ids(arrangement.hidden)];
      if (pinned.length + hidden.length > 0) accounts[account.name] = { place: placeOf(account), pinned, hidden };
    }
    const { groupBy, filter, showsHidden } = arrangement;
    await this.save({ groupBy, showsHidden, accounts, ...defined({ filter }) });
  }

  private async save(kept: Kept): Promise<void> {
    await this.memory.update(arrangementKey, kept);
    this.update();
    this.changed.fire();
  }
}

function keptOf(value: unknown): Kept {
  return typeof value === 'object' && value !== null ? value : {};
}

function placeOf(account: Account): string {
  return accountKey({ ...account, name: '' });
}

function idsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : [];
}

function filterOf(value: unknown): FlowFilter | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, text, level, status } = value as Record<string, unknown>;
  if (kind === 'text' && typeof text === 'string' && text.trim() !== '') return { kind, text };
  const known = levelOrder.find((one) => one === level);
  if (kind === 'level' && known) return { kind, level: known };
  return kind === 'status' && typeof status === 'string' ? { kind, status } : undefined;
}
