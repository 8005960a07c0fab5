/** A section's table for a spreadsheet: separated by tabs, with bare numbers in the units that the heads name. */
import { dateInZone } from '../src/contract/calendar';
import type { Formats } from '../src/presentation/formats';
import type { ChartData, Interval } from './chartData';
import type { SectionView } from './sectionViews';
import { firstHead } from './table';
import { texts } from './texts';

const units: ReadonlyMap<string, string> = new Map([
  [texts.errorRate, '%'],
  [texts.availability, '%'],
  ...(['p50', 'p90', 'p99'] as const).map((name) => [name, 's'] as const),
]);

/** The rows of the table in its order. An empty cell is unknown, never zero. */
export function plainTable(view: SectionView, figures: ChartData, formats: Formats): string {
  const heads = view.heads(figures, formats);
  const named = heads.map((head) => (units.has(head) ? `${head} (${units.get(head)})` : head));
  const plain = plainFormats(formats);
  const rows = [...figures.intervals].reverse().map((interval) => {
    const cells = view.cells(interval.totals, figures, plain) ?? heads.map(() => '');
    return [beginOf(interval, figures, formats), ...cells];
  });
  return [[firstHead[figures.granularity], ...named], ...rows]
    .map((cells) => `${cells.map(harmless).join('\t')}\n`)
    .join('');
}

function plainFormats(formats: Formats): Formats {
  const number = (value: number | undefined): string =>
    value === undefined ? '' : String(Math.round(value * 10_000) / 10_000);
  const percent = (ratio: number | undefined): string => number(ratio === undefined ? undefined : ratio * 100);
  return {
    ...formats,
    count: number,
    percent,
    availability: percent,
    latency: (bucket) => (bucket !== undefined && bucket > 10 ? '> 10' : number(bucket)),
  };
}

/** Begin of the interval, by the clock that the table shows. */
function beginOf(
  { begin, running }: Interval,
  { granularity, zone, keptUntil = -Infinity }: ChartData,
  formats: Formats,
): string {
  const text =
    granularity === 'HOUR' ? `${dateInZone(begin, formats.timeZone)} ${formats.clock(begin)}` : dateInZone(begin, zone);
  if (running) return `${text} (${texts.soFar})`;
  return begin < keptUntil ? texts.kept(text) : text;
}

/** Error types come from the server, and no spreadsheet shall take one for a formula. */
function harmless(cell: string): string {
  return cell.replace(/\s+/g, ' ').replace(/^ *(?=[=+\-@＝＋－﹣﹢＠])/, "'");
}
