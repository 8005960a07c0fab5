/** The texts of rows, badges and status bar: a bundle of its own, loaded once there is an account to show. */
export { accountRow } from '../../presentation/rows/accountRow';
export { accountStatusRow, limitRow } from '../../presentation/rows/accountStatusRow';
export { flowRow } from '../../presentation/rows/flowRow';
export { meterRow } from '../../presentation/rows/meterRow';
export { metricRow } from '../../presentation/rows/metricRow';
export { statusBarModel } from '../../presentation/rows/statusBarModel';
export { statusTooltip, statusTooltipCommands } from '../../presentation/rows/statusTooltip';
export { flowTooltip } from '../../presentation/rows/tooltips';
export { notices } from '../../presentation/texts/notices';
export { viewBadge } from '../../presentation/rows/viewBadge';
export { viewMessage } from '../../presentation/rows/viewMessage';
export { speechNow } from '../util/formats';
