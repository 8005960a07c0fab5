import { l10n, window } from 'vscode';
import type { Account } from '../../domain/account';
import { isGraphId } from '../../contract/flow';
import { type MetricName, isMetricName } from '../../contract/metric';
import type { AccountFigures, FlowFigures } from '../../domain/model';
import { plainName } from '../../presentation/escape';
import type { FlowRef } from '../../state/flowRef';
import type { FlowState } from '../../state/flowState';
import { UserFacingError } from '../util/userFacingError';
import type { LastFocusedView } from '../views/lastFocusedView';
import type { DashboardPanels } from '../dashboard/dashboardPanels';
import { askPick, separator, type InputResult, type Choice, type StepPosition } from '../util/quickInput';
import type { FlowView } from '../views/flowView';
import { themeIcon } from '../util/themeIcon';
import { speechNow } from '../util/formats';
import { isNotMeasured } from '../../domain/flowRules';
import { flowRow } from '../../presentation/rows/flowRow';
import { levelLabel } from '../../presentation/texts/labels';
import { accountRow } from '../../presentation/rows/accountRow';
import { accountStatusRow } from '../../presentation/rows/accountStatusRow';

/** The target of a command, as far as its argument names it. */
export interface Target {
  readonly accountName?: string;
  readonly flow?: FlowRef;
  readonly metric?: MetricName;
  /** A row was clicked, or entered. */
  readonly preview?: boolean;
  /** False where the keyboard goes along with the preview. */
  readonly preserveFocus?: boolean;
}

type IsWanted = (flow: { readonly account: AccountFigures; readonly figures: FlowFigures }) => boolean;

/** Which flow or account a command is about: from its argument, from what was looked at last, or from a person. */
export class Targets {
  constructor(
    private readonly state: FlowState,
    private readonly tree: FlowView,
    private readonly panels: DashboardPanels,
    private readonly lastFocused: LastFocusedView,
  ) {}

  /** Reads a row of the tree, or `{account, flowId?, metric?, preview?, preserveFocus?}`; whatever else comes counts as no argument. */
  read(argument: unknown): Target {
    if (typeof argument !== 'object' || argument === null) return {};
    const { kind, account, figures, flowId, metric, preview, preserveFocus } = argument as Record<string, unknown>;
    // Other extensions and links call the commands too: nothing is certain of what only looks like a row.
    const accountName =
      typeof kind === 'string' ? (account as Partial<AccountFigures> | null | undefined)?.account?.name : account;
    const id = typeof kind === 'string' ? (figures as Partial<FlowFigures> | null | undefined)?.flow?.id : flowId;
    if (typeof accountName !== 'string' || !this.state.account(accountName)) return {};
    return {
      accountName,
      // A text that is no id would reach the clipboard, a URL and a shell command.
      ...(isGraphId(id) ? { flow: { accountName, flowId: id } } : {}),
      ...(isMetricName(metric) ? { metric } : {}),
      ...(preview === true ? { preview } : {}),
      ...(preserveFocus === false ? { preserveFocus } : {}),
    };
  }

  /** The flow that was selected in the tree or shown in a dashboard, whichever came last. */
  get current(): FlowRef | undefined {
    const [node] = this.tree.view.selection;
    const selected = this.read(node).flow;
    const shown = this.panels.active;
    const flow = this.lastFocused.place === 'panel' ? (shown ?? selected) : (selected ?? shown);
    return flow && this.state.account(flow.accountName)?.records.has(flow.flowId) ? flow : undefined;
  }

  /** Asks which flow, the current one on top, else the worst one that has data. */
  askFlow(place: StepPosition, isWanted: IsWanted = () => true): Promise<InputResult<FlowRef>> {
    const choices = this.flowChoices(isWanted);
    if (choices.length === 0) throw new UserFacingError(l10n.t('There are no flows yet.'));
    return askPick({ ...place, placeholder: l10n.t('Which flow?'), choices });
  }

  /** The current flow, or the one that the person picks; undefined where none is picked. */
  async currentOrAsked(title: string): Promise<FlowRef | undefined> {
    if (this.current) return this.current;
    const answer = await this.askFlow({ title });
    return answer.kind === 'value' ? answer.value : undefined;
  }

  /** The account of the argument, the only one, or the one that the person picks. */
  async account(
    argument: unknown,
    title: string,
    isWanted: (account: Account) => boolean = () => true,
  ): Promise<Account | undefined> {
    const { accountName } = this.read(argument);
    const accounts = this.state.snapshot.accounts.filter(({ account }) => isWanted(account));
    const named = accounts.find(({ account }) => account.name === accountName);
    if (named) return named.account;
    if (accounts.length <= 1) return accounts[0]?.account;
    const speech = speechNow();
    const choices = accounts.map((account): Choice<Account> => {
      const { label, description, icon } = accountRow(account, speech);
      const accountStatus = accountStatusRow(account, speech)?.label;
      const { businessAccountId } = account.account;
      return {
        label,
        description: [accountStatus ?? description, businessAccountId].filter(Boolean).join(' · '),
        iconPath: themeIcon(icon),
        value: account.account,
      };
    });
    const answer = await askPick({ title, placeholder: l10n.t('Which account?'), choices });
    return answer.kind === 'value' ? answer.value : undefined;
  }

  private flowChoices(isWanted: IsWanted): Choice<FlowRef>[] {
    const { accounts } = this.state.snapshot;
    const all = accounts.flatMap((account) => account.flows.map((figures) => ({ account, figures }))).filter(isWanted);
    const { current } = this;
    const isCurrent = ({ figures }: (typeof all)[number]): boolean =>
      figures.flow.id === current?.flowId && figures.accountName === current.accountName;
    const first =
      all.find(isCurrent) ??
      all.find(({ figures }) => figures.totals && !figures.hidden && !isNotMeasured(figures.flow)) ??
      all[0];
    if (!first) return [];
    const groups = accounts.flatMap((account): Choice<FlowRef>[] => {
      const rows = all.filter((one) => one.account === account && one !== first);
      if (rows.length === 0) return [];
      const title = accounts.length > 1 ? plainName(account.account.name) : l10n.t('All flows');
      return [separator(title), ...rows.map(flowChoice)];
    });
    const top = isCurrent(first) ? l10n.t('Selected') : l10n.t('Worst first');
    return [separator(top), flowChoice(first), ...groups];
  }
}

function flowChoice({ account, figures }: { account: AccountFigures; figures: FlowFigures }): Choice<FlowRef> {
  const speech = speechNow();
  const { label, description, icon } = flowRow(figures, speech, account);
  const { id } = figures.flow;
  return {
    label,
    // People type levels and ids, too.
    description: [levelLabel(figures.report.level, speech.t), description, label === id ? '' : id]
      .filter(Boolean)
      .join(' · '),
    iconPath: themeIcon(icon),
    value: { accountName: figures.accountName, flowId: figures.flow.id },
  };
}

/** Says something in passing, for what needs no answer. */
export function showStatusMessage(text: string): void {
  window.setStatusBarMessage(text, 4000);
}
