/** The texts of rows, badges and status bar: a bundle of its own, loaded once there is an account to show. */
export { meterRow } from '../../presentation/meterRow';
export {
  accountRow,
  accountStatusRow,
  flowRow,
  limitRow,
  metricRow,
  statusModel,
  viewBadge,
} from '../../presentation/rows';
export { flowTooltip, statusTooltip } from '../../presentation/tooltips';
export { viewMessage } from '../../presentation/viewMessage';
export { notices } from '../../presentation/wording';
export { speechNow } from '../util/formats';
