import { isMeter, type Account } from '../../domain/account';
import type { PanelView } from '../../domain/view';

/** A month: long enough for a shape and for something to compare it with. */
const month: PanelView = { granularity: 'DAY', range: '30d' };
/** What is measured here is looked at while it happens. */
const newest: PanelView = { granularity: 'HOUR', range: '24h' };

/** What a flow's dashboard opens with, and what a file of its figures holds while no dashboard is open. */
export function firstView(account: Account | undefined): PanelView {
  return account && isMeter(account) ? newest : month;
}
