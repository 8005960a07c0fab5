import type { PanelView } from '../contract/panel';

/** What a dashboard opens with: a month, long enough for a shape and for something to compare it with. */
export const defaultView: PanelView = { granularity: 'DAY', range: '30d' };
