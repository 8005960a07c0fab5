/** The columns of the overview's table. */
import type { MetricName } from '../../src/contract/metric';
import type { Formats } from '../../src/presentation/formats';
import { metricTable } from '../../src/presentation/metricTable';
import type { OverviewRow } from '../../src/presentation/overview/overviewProtocol';
import { changeShort } from '../../src/presentation/texts/changeTexts';
import { levelLabel } from '../../src/presentation/texts/labels';
import { english as t } from '../../src/presentation/translate';
import { el, type Child } from '../dom';
import { icon, levelGlyph } from '../icons';
import { statusChip } from '../pageParts';
import { overviewTexts as texts } from './overviewTexts';
import type { SortKey } from './rowOrder';
import type { Ticks } from './ticks';
import { trendPicture } from './trendPicture';

export interface CellContext {
  readonly formats: Formats;
  readonly accountName: (key: string) => string;
  readonly ticks: Ticks;
}

interface Column {
  /** Its class in the style sheet. */
  readonly name: string;
  readonly label: string;
  readonly title?: string;
  readonly sort?: SortKey;
  /** The column names the row. */
  readonly isHead?: boolean;
  cell(row: OverviewRow, context: CellContext): Child[];
}

export const overviewColumns: readonly Column[] = [
  {
    name: 'tick',
    label: texts.tickHead,
    title: texts.tickTitle,
    cell: ({ key, name }: OverviewRow, { ticks }: CellContext): Child[] => {
      const place = ticks.indexOf(key);
      const full = place < 0 && !ticks.includes(null);
      const box = el('input', {
        type: 'checkbox',
        tabindex: -1,
        'aria-label': texts.tick(name),
        disabled: full,
      });
      box.checked = place >= 0;
      return [el('label', { title: full ? texts.full : undefined }, box, place >= 0 && placeBadge(place))];
    },
  },
  {
    name: 'level',
    label: texts.level,
    sort: 'level',
    cell: ({ level }) => [levelGlyph(level), el('span', {}, levelLabel(level, t))],
  },
  {
    name: 'flow',
    label: texts.flow,
    sort: 'name',
    isHead: true,
    cell: (row: OverviewRow, { accountName }: CellContext): Child[] => {
      const about = [row.reason, row.over, row.age].filter(Boolean).join(' · ');
      const account = accountName(row.account);
      return [
        // The account stands here where its own column has no room.
        el('span', { class: 'line', title: row.name }, row.name, el('span', { class: 'of' }, ` · ${account}`)),
        // A narrow column cuts off what comes last, so an icon tells of old figures.
        el('span', { class: 'line about', title: about || undefined }, row.age && icon('clock'), about || row.id),
      ];
    },
  },
  {
    name: 'account',
    label: texts.account,
    sort: 'account',
    cell: ({ account }, { accountName }) => [
      el('span', { class: 'line', title: accountName(account) }, accountName(account)),
    ],
  },
  {
    name: 'status',
    label: texts.status,
    sort: 'status',
    cell: ({ status }) => [status === undefined ? texts.noStatus : statusChip(status)],
  },
  figureColumn('requests', texts.requests, 'ENDPOINT_REQUEST_COUNT'),
  figureColumn('errors', texts.errors, 'ENDPOINT_REQUEST_ERROR'),
  figureColumn('rate', texts.errorRate, 'ENDPOINT_REQUEST_ERROR_RATE'),
  figureColumn('p90', texts.p90, 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL'),
  figureColumn('availability', texts.availability, 'ENDPOINT_AVAILABILITY'),
  {
    name: 'trend',
    label: texts.trend,
    title: texts.trendTitle,
    cell: ({ trend }) => [trend && trendPicture(trend)],
  },
];

/** Number and colour of a flow that is compared. */
export function placeBadge(place: number): HTMLElement {
  return el('b', { class: 'place', 'data-fill': `flow-${place + 1}`, 'aria-hidden': 'true' }, String(place + 1));
}

function figureColumn(name: string, label: string, metric: MetricName): Column {
  const definition = metricTable[metric];
  return {
    name: `figure ${name}`,
    label,
    sort: metric,
    cell: ({ figures }, { formats }) => {
      const { value, before, level } = figures[metric] ?? {};
      const change = definition.change(value, before, formats);
      return [
        el(
          'span',
          { class: 'line', 'data-level': level },
          ...(level ? [levelGlyph(level), el('span', { class: 'sr' }, `${levelLabel(level, t)}: `)] : []),
          definition.format(value, formats),
        ),
        change.kind === 'unknown'
          ? undefined
          : change.kind === 'same'
            ? el('span', { class: 'line about', title: texts.noChange }, texts.same)
            : el(
                'span',
                { class: 'line about', title: `${changeShort(change, t)} ${change.word}` },
                changeShort(change, t),
                el('span', { class: 'sr' }, ` ${change.word}`),
              ),
      ];
    },
  };
}
