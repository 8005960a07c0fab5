/** The page's own texts. Sentences about figures, levels and accounts come from the editor and from src/presentation. */
import type { Granularity, MetricName } from '../src/contract/metric';
import type { HealthLevel } from '../src/domain/model';
import type { PanelRange } from '../src/domain/view';

export const texts = {
  copyFlowId: 'Copy flow ID',
  statusTitle: 'Status at Meta',
  nothingRead: 'nothing read yet',
  reading: 'reading…',
  dataUpTo: 'data up to',
  fetched: 'fetched',
  notUpdated: 'not updated since',
  shownBelow: 'shown below',
  progress: 'Reading',
  toolbar: 'Period and actions',
  granularity: 'Granularity',
  range: 'Period',
  from: 'From',
  to: 'To, inclusive',
  refresh: 'Refresh',
  export: 'Export…',
  copy: 'Copy…',
  copyOf: (title: string): string => `Copy: ${title}`,
  copyFigures: 'Copy Figures',
  copyImage: 'Copy as Image',
  figuresCopied: (title: string): string => `The figures of ${title} are copied`,
  imageCopied: (title: string): string => `The picture of ${title} is copied`,
  table: 'Table',
  tableOf: (title: string): string => `Table: ${title}`,
  tableTitle: 'Show the same figures as a table',
  notEarlier: 'no earlier figures to compare',
  nothingToCompare: 'not comparable',
  reversed: '“From” must not be after “To”.',
  outOfReach: (from: string, to: string): string => `Choose days from ${from} to ${to}.`,
  soFar: 'so far',
  /** A row of a table: "Wed, Mar 11, kept". */
  kept: (day: string): string => `${day}, kept`,
  keptHere: 'kept on this computer',
  keptUpTo: (day: string): string => `Up to ${day} as kept on this computer`,
  notCounted: (interval: string): string => `plus ${interval} (not counted)`,
  localTime: 'local time',
  noData: 'no data',
  nothingYet: 'nothing yet',
  noRequests: 'no requests',
  noChecks: 'no checks',
  couldNotBeRead: 'could not be read',
  notEnough: 'not enough data',

  busiest: (figure: string, when: string): string => `busiest ${figure} ${when}`,
  most: (figure: string, when: string): string => `most ${figure} ${when}`,
  highest: (figure: string, when: string): string => `highest ${figure} ${when}`,
  lowest: (figure: string, when: string): string => `lowest ${figure} ${when}`,
  /** Which intervals count: "highest 17.4% at 18:00 (20+ requests)". */
  orMore: (minimum: number, things: string): string => `${minimum}+ ${things}`,
  tooFew: (minimum: string, things: string): string => `fewer than ${minimum} ${things}: not judged`,
  /** Under a chart. */
  hollow: (intervals: string, minimum: string, things: string): string =>
    `Hollow: ${intervals} with fewer than ${minimum} ${things}`,
  beyond: (count: string, intervals: string, farthest: string): string =>
    `${count} ${intervals} beyond the scale, ${farthest}`,
  steps: (size: number, granularity: Granularity): string =>
    `Steps of ${granularity === 'HOUR' ? `${size} h` : `${size} days`}`,
  barsInSteps: (steps: string, interval: string): string =>
    `${steps}: average per ${interval}, pale up to the highest ${interval}`,
  bandInSteps: (steps: string, interval: string, figure: string, counted: string): string =>
    `${steps}; band: ${figure && `${figure}, `}lowest to highest ${interval}${counted && ` (${counted})`}`,
  risingTo: (figure: string): string => `up to ${figure}`,
  fallingTo: (figure: string): string => `down to ${figure}`,
  onDay: (day: string): string => `on ${day}`,
  atHour: (clock: string): string => `at ${clock}`,
  stated: (rate: string): string => `stated as ${rate}`,

  day: 'Day',
  hour: 'Hour',
  since: 'Since',
  allErrors: 'All errors',
  errors: 'Errors',
  requests: 'Requests',
  errorRate: 'Error rate',
  availability: 'Availability',
  succeeded: 'Succeeded',
  failed: 'Failed',
  checks: 'Checks',
  p90: 'p90',

  /** Titles of the panes of the latency chart, each with a shorter one for less room. */
  percentilesPane: ['Percentiles of successful requests', 'Percentiles'],
  sharesPane: ['Share of requests, fast at the bottom', 'Share of requests', 'Shares'],
  periodPane: ['Successful requests, period shown', 'Period shown'],
  half: (p50: string, p90: string, p99: string): string =>
    `Half of the successful requests took ${p50}, nine in ten ${p90}, all but one in a hundred ${p99}.`,
  atMost: (figure: string): string => `≤\u00a0${figure}`,
  lifetimeHint: 'Lifetime is one figure. Choose Day or Hour to see it over time.',
  bucketGroup: (from: number, to: number): string => {
    if (to > 10) return `over ${from} s`;
    return from === 0 ? `up to ${to} s` : `${from} to ${to} s`;
  },

  alert: 'Meta’s alert:',
  statusChange: 'Meta changed the status:',
  gitTag: 'Git tag',
  /** On a chart. */
  alertMark: 'alert',
  marks: 'Marks',
  /** Before a mark's text, for screen readers. */
  mark: 'Mark:',
  addMark: 'Add Mark…',
  afterFigures: 'newer than the figures',
  sidesOf: (mark: string): string => `Before and after ${mark}`,
  sidesTitle: 'Show the figures before and after',
  /** Above the figures of a mark. */
  sides: (count: number, granularity: Granularity): string =>
    `${count} ${intervalTexts[granularity]}${count === 1 ? '' : 's'} before and after`,
  noSides: (mark: string, granularity: Granularity): string =>
    `“${mark}” has no whole ${intervalTexts[granularity]} with figures on both sides, so there is nothing to compare yet.`,
  before: 'Before',
  after: 'After',
  change: 'Change',
  days: (first: string, last: string): string => (first === last ? first : `${first} – ${last}`),
  fewOn: (minimum: number, things: string, side: string): string => `fewer than ${minimum} ${things} ${side}`,
  beforeIt: 'before',
  afterIt: 'after',
  onBothSides: 'on both sides',
  between: (granularity: Granularity): string => `The ${intervalTexts[granularity]} of the mark itself is left out.`,
  shortBefore: 'The figures reach no further before it.',
  shortAfter: (granularity: Granularity): string =>
    `There is no further finished ${intervalTexts[granularity]} after it.`,
  more: (count: number): string => `and ${count} more`,
  inMilliseconds: (name: string): string => `${name} in ms`,

  notAbove: (limit: string): string => `not above ${limit}: healthy`,
  notBelow: (limit: string): string => `not below ${limit}: healthy`,
  begins: (dateTime: string): string => `begins ${dateTime}`,
  oddDay: (hours: number): string => `${hours}-hour day: the clocks changed`,
  plotHint:
    'Arrow keys read each interval, Home and End the first and last, Page Up and Page Down seven at once. With Shift they select several; Enter zooms into these, and Escape goes back.',
  selected: (count: number, granularity: 'HOUR' | 'DAY'): string =>
    `${count} ${granularity === 'HOUR' ? 'hours' : 'days'} selected`,
  releaseToZoom: 'release to zoom in',
  enterToZoom: 'Enter zooms in',
  zoomedFrom: (period: string): string => `zoomed in from: ${period}`,
  wholePeriod: 'whole period',
  showWholePeriod: 'Whole period',
  zoomBackTitle: 'Show the whole period again (Escape goes back a step)',
  zoomedTo: (granularity: string, period: string): string => `${period} by ${granularity}, zoomed in`,
  plotLabel: (title: string): string => `${title}, interval by interval`,
  canvasLabel: (title: string, figure: string, note: string): string =>
    `${title}, ${figure}${note ? `; ${note}` : ''}. The table of this section has the same values.`,
  histogramLabel: 'Latency of successful requests, period shown. The table of this section has the same values.',

  source: 'Source',
  apiVersion: 'API version',
  upTo: 'Data up to',
  fetchedAt: 'Fetched',
  late: 'Meta calls its figures directional, and they arrive some hours late.',
  dayBegins: (zone: string, clock: string): string =>
    `A day runs from midnight to midnight ${zone} (${clock} in your time zone).`,
  pacific: 'US Pacific',
  legend: 'Dashed and lighter: not finished yet. Hatched: no data.',

  showing: (granularity: string, period: string): string => `${period} by ${granularity}`,
  tableShown: (title: string): string => `${title} as a table`,
  chartShown: (title: string): string => `${title} as a chart`,
} as const;

export const granularityTexts: Readonly<Record<Granularity, string>> = {
  HOUR: 'Hour',
  DAY: 'Day',
  LIFETIME: 'Lifetime',
};

export const granularityTitles: Readonly<Record<Granularity, string>> = {
  HOUR: 'Up to 30 days back',
  DAY: 'Up to 90 days back',
  LIFETIME: 'One figure for all time',
};

export const rangeTexts: Readonly<Record<Exclude<PanelRange, 'custom' | 'all'>, string>> = {
  '24h': '24 h',
  '7d': '7 d',
  '30d': '30 d',
  '90d': '90 d',
  '180d': '180 d',
  '1y': '1 y',
};

/** The levels inside a sentence. */
export const levelTexts: Readonly<Record<HealthLevel, string>> = {
  healthy: 'healthy',
  attention: 'attention',
  warning: 'warning',
  critical: 'critical',
  unknown: 'not judged',
};

/** The sample that a figure of the metric stands on. */
export function sampleText(metric: MetricName): string {
  return metric === 'ENDPOINT_AVAILABILITY' ? 'checks' : 'requests';
}

/** An interval of a granularity, inside a sentence. */
export const intervalTexts: Readonly<Record<Granularity, string>> = { HOUR: 'hour', DAY: 'day', LIFETIME: 'day' };

const errorTypeTexts: ReadonlyMap<string, string> = new Map([
  ['timeout_error', 'Timed out'],
  ['unexpected_http_status_code', 'HTTP status'],
  ['cannot_be_served', 'Not served'],
  ['no_http_response_error', 'No response'],
]);

/** The error type in words; one that is not documented as the server wrote it. */
export function errorTypeText(key: string): string {
  return errorTypeTexts.get(key) ?? key;
}
