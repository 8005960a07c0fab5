/** What rows, badges and status bar show; loaded once there is an account to show. */
import type { MeterState } from '../../domain/meterState';
import type { MetricName } from '../../contract/metric';
import type { AccountFigures, AccountStatus, FlowFigures, Snapshot } from '../../domain/model';
import { meterRow } from '../../presentation/meterRow';
import {
  accountRow,
  flowRow,
  limitRow,
  metricRow,
  statusModel,
  accountStatusRow,
  viewBadge,
  type FlowRowModel,
  type RowModel,
  type StatusModel,
  type ViewBadgeModel,
} from '../../presentation/rows';
import { flowTooltip, statusTooltip } from '../../presentation/tooltips';
import { notices } from '../../presentation/wording';
import type { Account } from '../../domain/account';
import { viewMessage } from '../../presentation/viewMessage';
import { translate } from '../util/translate';
import { formats } from '../util/formats';

export interface ViewTexts {
  accountRow(account: AccountFigures): RowModel;
  meterRow(accountName: string, state: MeterState): RowModel;
  accountStatusRow(account: AccountFigures): RowModel | undefined;
  limitRow(account: AccountFigures): RowModel | undefined;
  flowRow(figures: FlowFigures, account: AccountFigures): FlowRowModel;
  flowTooltip(figures: FlowFigures, account: AccountFigures): string;
  metricRow(metric: MetricName, figures: FlowFigures, account: AccountFigures): RowModel;
  viewBadge(snapshot: Snapshot): ViewBadgeModel | undefined;
  viewMessage(snapshot: Snapshot): string | undefined;
  statusModel(snapshot: Snapshot): StatusModel | undefined;
  statusTooltip(snapshot: Snapshot): string;
  tokenRefused(account: Account, accountStatus: AccountStatus | undefined): string;
}

/** In the editor's language, as of now. */
export const viewTexts: ViewTexts = {
  accountRow: (account) => accountRow(account, formats, translate, Date.now()),
  meterRow: (accountName, state) => meterRow(accountName, state, formats, translate),
  accountStatusRow: (account) => accountStatusRow(account, formats, translate, Date.now()),
  limitRow: (account) => limitRow(account, formats, translate),
  flowRow: (figures, account) => flowRow(figures, formats, translate, Date.now(), account),
  flowTooltip: (figures, account) => flowTooltip(figures, formats, translate, Date.now(), account),
  metricRow: (metric, figures, account) => metricRow(metric, figures, formats, translate, Date.now(), account),
  viewBadge: (snapshot) => viewBadge(snapshot, formats, translate),
  viewMessage: (snapshot) => viewMessage(snapshot, formats, translate, Date.now()),
  statusModel: (snapshot) => statusModel(snapshot, formats, translate, Date.now()),
  statusTooltip: (snapshot) => statusTooltip(snapshot, formats, translate, Date.now()),
  tokenRefused: (account, accountStatus) => notices.tokenRefused(account, accountStatus?.error, translate),
};
