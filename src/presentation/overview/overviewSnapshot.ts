/** The overview's one snapshot: every flow of every account, in words but for the numbers. */
import { compareFlows } from '../../domain/health';
import type { AccountFigures, HealthWindow } from '../../domain/model';
import { isLive } from '../../domain/windows';
import { defined } from '../../util/defined';
import { plainName } from '../escape';
import type { Formats } from '../formats';
import { helpfulCommand, limitText } from '../rows/accountStatusRow';
import { helpfulCommandTitle } from '../rows/rowAction';
import type { Speech } from '../speech';
import { accountStatusTexts } from '../texts/accountStatusTexts';
import { sourceTexts } from '../texts/sourceTexts';
import { comparisonOf, type ComparedFlow } from './comparison';
import type { OverviewAccount, OverviewSnapshot } from './overviewProtocol';
import { overviewRow, type OverviewRowContext } from './overviewRow';

export interface OverviewInput extends Pick<OverviewRowContext, 'thresholds' | 'window' | 'seriesOf'> {
  readonly accounts: readonly AccountFigures[];
  /** The computer's clock, in epoch milliseconds. */
  readonly now: number;
  readonly revision: number;
  readonly locale: string;
  /** The flows that a person ticked, and over which period. */
  readonly compared?: { readonly flows: readonly ComparedFlow[]; readonly range: HealthWindow };
}

/** Builds the snapshot of the overview. Pure: the same input gives the same snapshot. */
export function overviewSnapshot(input: OverviewInput, formats: Formats): OverviewSnapshot {
  const { accounts, now, revision, locale, window, thresholds, compared } = input;
  const speech: Speech = { ...formats, now };
  const all = accounts.flatMap((account) => account.flows.map((figures) => ({ account, figures })));
  const flows = all.filter(({ figures }) => !figures.hidden);
  // Each account's flows are in this order; those of several are merged into one.
  if (accounts.length > 1) flows.sort((a, b) => compareFlows(a.figures, b.figures));
  return {
    type: 'overview',
    revision,
    now,
    locale,
    window,
    // A meter is asked every few seconds and answers at once: that it is being asked would only flicker.
    busy: accounts.some(({ busy, info }) => busy && !isLive(info)),
    accounts: accounts.map((account) => overviewAccount(account, speech)),
    hidden: all.length - flows.length,
    rows: flows.map(({ account, figures }) => overviewRow(figures, { ...input, account, speech })),
    thresholds,
    ...defined({ comparison: compared && comparisonOf(compared.flows, compared.range, speech) }),
  };
}

function overviewAccount(figures: AccountFigures, speech: Speech): OverviewAccount {
  const { account, accountStatus, read, fetchedAt } = figures;
  return {
    key: account.name,
    name: plainName(account.name),
    source: sourceTexts(account, speech.t).short,
    reading: !read && !accountStatus,
    ...defined({ fetchedAt, limit: limitText(figures, speech), trouble: troubleOf(figures, speech) }),
  };
}

function troubleOf(figures: AccountFigures, speech: Speech): OverviewAccount['trouble'] {
  const { account, accountStatus } = figures;
  if (!accountStatus) return undefined;
  const { label, text } = accountStatusTexts(accountStatus, figures, speech);
  const name = helpfulCommand(account, accountStatus);
  return { label, text, action: { name, label: helpfulCommandTitle(name, speech.t) } };
}
