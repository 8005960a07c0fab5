import { isMeter, type Account } from '../../domain/account';
import type { PanelView } from '../../domain/view';

/** A month: long enough for a shape and for something to compare it with. */
const month: PanelView = { granularity: 'DAY', range: '30d' };
/** A meter's figures are watched while requests come in. */
const newest: PanelView = { granularity: 'HOUR', range: '24h' };

/** The first view of a dashboard, and of a CSV while no dashboard is open. */
export function firstView(account: Account | undefined): PanelView {
  return account && isMeter(account) ? newest : month;
}
