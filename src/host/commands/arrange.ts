/** Commands that arrange the tree: nothing of it goes to a server or into the settings. */
import { l10n } from 'vscode';
import { levelOrder } from '../../domain/health';
import type { FlowFigures } from '../../domain/model';
import { compareStatuses, type Arrangement, type FlowFilter, type Grouping } from '../../presentation/rows/arrangement';
import { statusIcon } from '../../presentation/rows/groupRow';
import { levelIcon } from '../../presentation/rows/rowModel';
import { flowCountText, levelLabel, statusLabel } from '../../presentation/texts/labels';
import { grouped } from '../../util/grouped';
import { speechNow } from '../util/formats';
import { askPick, separator, type Choice } from '../util/quickInput';
import { themeIcon } from '../util/themeIcon';
import type { FlowFlag } from '../storage/arrangementStore';
import type { CommandParts } from './commandParts';

export async function groupBy({ tree }: CommandParts): Promise<void> {
  const arrangement = await tree.arrangement();
  if (!arrangement) return;
  const choice = (value: Grouping, icon: string, label: string, description: string): Choice<Grouping> => ({
    label,
    description,
    iconPath: themeIcon({ id: icon }),
    value,
  });
  const answer = await askPick({
    title: l10n.t('Group By'),
    placeholder: l10n.t('Group flows by'),
    preset: arrangement.value.groupBy,
    choices: [
      choice('account', 'list-tree', l10n.t('Account'), l10n.t('worst first; one account needs no group')),
      choice('level', 'pulse', l10n.t('Level'), l10n.t('Critical, Warning, Attention, Healthy, Not judged')),
      choice('status', 'broadcast', l10n.t('Status'), l10n.t('Blocked, Throttled, Published, Draft, Deprecated')),
    ],
  });
  if (answer.kind === 'value') await arrangement.change({ groupBy: answer.value });
}

/** Asks for words or for a level or status, each with the number of flows that it leaves. */
export async function filterFlows({ tree, state }: CommandParts): Promise<void> {
  const arrangement = await tree.arrangement();
  if (!arrangement) return;
  const { filter } = arrangement.value;
  const answer = await askPick<FlowFilter>({
    title: l10n.t('Filter'),
    placeholder: l10n.t('Words of a name, ID, account, level or status'),
    ...(filter?.kind === 'text' ? { text: filter.text } : {}),
    typed: (text) => ({
      label: l10n.t('Show only “{0}”', text),
      iconPath: themeIcon({ id: 'search' }),
      value: { kind: 'text', text },
    }),
    choices: filterChoices(
      state.snapshot.accounts.flatMap(({ flows }) => flows),
      arrangement.value,
    ),
  });
  if (answer.kind === 'value') await arrangement.setFilter(answer.value);
}

export async function clearFilter({ tree }: CommandParts): Promise<void> {
  await (await tree.arrangement())?.setFilter(undefined);
}

export async function showHidden({ tree }: CommandParts, showsHidden: boolean): Promise<void> {
  await (await tree.arrangement())?.change({ showsHidden });
}

/** Pins or hides the flow of the argument, or one that the person picks, or takes that back. */
export async function flagFlow(
  { tree, targets }: CommandParts,
  argument: unknown,
  flag: FlowFlag,
  isSet: boolean,
): Promise<void> {
  const arrangement = await tree.arrangement();
  if (!arrangement) return;
  const given = targets.read(argument).flow;
  if (given) {
    await arrangement.setFlag(given, flag, isSet);
    return;
  }
  const isOpen = ({ figures: { key } }: { readonly figures: FlowFigures }): boolean =>
    arrangement.value[flag].has(key) !== isSet;
  const answer = await targets.askFlow({ title: titleOf(flag, isSet) }, isOpen);
  if (answer.kind === 'value') await arrangement.setFlag(answer.value, flag, isSet);
}

function titleOf(flag: FlowFlag, isSet: boolean): string {
  if (flag === 'pinned') return isSet ? l10n.t('Pin') : l10n.t('Unpin');
  return isSet ? l10n.t('Hide') : l10n.t('Unhide');
}

function filterChoices(all: readonly FlowFigures[], { showsHidden }: Arrangement): Choice<FlowFilter>[] {
  const speech = speechNow();
  const flows = all.filter(({ hidden }) => showsHidden || !hidden);
  const levels = grouped(flows, ({ report }) => report.level);
  const statuses = grouped(flows, ({ flow }) => flow.status);
  return [
    separator(l10n.t('Level')),
    ...levelOrder.flatMap((level): Choice<FlowFilter>[] => {
      const count = levels.get(level)?.length;
      const label = levelLabel(level, speech.t);
      if (count === undefined) return [];
      const iconPath = themeIcon(levelIcon(level));
      return [{ label, description: flowCountText(count, speech), iconPath, value: { kind: 'level', level } }];
    }),
    separator(l10n.t('Status')),
    ...[...statuses]
      .sort(([a], [b]) => compareStatuses(a, b))
      .flatMap(([status, own]): Choice<FlowFilter>[] => {
        if (status === undefined) return [];
        const label = statusLabel(status, speech.t);
        const iconPath = themeIcon(statusIcon(status));
        return [{ label, description: flowCountText(own.length, speech), iconPath, value: { kind: 'status', status } }];
      }),
  ];
}
