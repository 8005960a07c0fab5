/** Rows, badges and status bar with their texts: a bundle of its own, loaded once there is an account to show. */
export { FlowRows } from './tree';
export { ArrangementStore } from '../storage/arrangementStore';
export { statusBarModel } from '../../presentation/rows/statusBarModel';
export { statusTooltip, statusTooltipCommands } from '../../presentation/rows/statusTooltip';
export { levelNewsText } from '../../presentation/texts/levelNews';
export { notices } from '../../presentation/texts/notices';
export { viewBadge } from '../../presentation/rows/viewBadge';
export { viewMessage } from '../../presentation/rows/viewMessage';
export { speechNow } from '../util/formats';
