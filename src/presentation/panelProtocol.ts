/** The messages between the dashboard page and the editor: one complete snapshot down, a few checked intents up. */
import { isZone } from '../contract/calendar';
import type { MilliPercentiles, MilliSeries } from '../contract/latency';
import { isMetricName, type MetricName, type MetricSeries } from '../contract/metric';
import { type DateLimits, isSpan, type PanelView, type PeriodDates, parsePanelView } from '../domain/view';
import type { MarkKind } from '../domain/mark';
import type { HealthLevel, Span, Thresholds } from '../domain/model';
import { defined } from '../util/defined';

/** A line of the verdict or a note, already in words. */
export interface PanelReason {
  readonly level: HealthLevel;
  readonly text: string;
}

export interface PanelVerdict {
  readonly level: HealthLevel;
  /** The level's word: "Warning". */
  readonly word: string;
  /** The text after the dash: "error rate 12.4% is above 10%". */
  readonly headline: string;
  /** The other reasons, worst first, what comes at this rate, then what is fine and what is missing. */
  readonly more: readonly PanelReason[];
  /** "Judged over the last 24 hours"; empty where nothing was judged. */
  readonly judged: string;
  /** The view that shows exactly the judged window, with the text of its link. */
  readonly show?: { readonly text: string; readonly view: PanelView };
}

/** Buttons of a message; the page only sends the intent. */
export type PanelActionName =
  'refresh' | 'setToken' | 'showLog' | 'copyFlowId' | 'show90d' | 'showLifetime' | 'measure' | 'startMeter' | 'addMark';
export interface PanelAction {
  readonly name: PanelActionName;
  readonly label: string;
  readonly primary?: boolean;
}

/** A message in place of what cannot be shown, for the whole page or one section. */
export interface PanelMessage {
  readonly headline: string;
  readonly text: string;
  readonly actions: readonly PanelAction[];
}

/** A strip above figures that are still shown: stale, throttled. */
export type PanelNotice = PanelMessage;

export const sectionStates = ['ready', 'loading', 'not-enough-data', 'no-data', 'error', 'stale'] as const;
export type SectionState = (typeof sectionStates)[number];

export interface PanelSection {
  readonly metric: MetricName;
  readonly state: SectionState;
  /**
   * Period and the period before it, where there are data; also kept while loading or stale. The error rate may be
   * ready without: it is computed from requests and errors, its own series only tells the server's rate.
   */
  readonly series?: MetricSeries;
  /** For states without data. */
  readonly message?: PanelMessage;
  /** When the figures were read, in epoch milliseconds, where stale: ages grow while the page stays open. */
  readonly readAt?: number;
}

/** Percentiles of successful requests in milliseconds, from a server that measures them. */
export interface PanelMilliseconds {
  /** Of all that was measured in the period. */
  readonly period: MilliPercentiles;
  /** "since Mar 11, 08:00" or "up to Mar 12, 08:00", where `period` stands on more than the period shown. */
  readonly since?: string;
  /** Of each interval with successful requests, in the granularity shown. */
  readonly series: Pick<MilliSeries, 'begins' | 'p50' | 'p90' | 'p99'>;
}

/** An alert that Meta sent of this flow. */
export interface PanelAlert {
  /** Meta's name of the event, such as `ENDPOINT_ERROR_RATE`. */
  readonly type: string;
  /** The metric on whose chart it is marked; absent where it speaks of something else. */
  readonly metric?: MetricName;
  readonly state: 'ACTIVATED' | 'DEACTIVATED';
  readonly level: Exclude<HealthLevel, 'healthy' | 'unknown'>;
  /** In epoch milliseconds; without `end` it still holds. */
  readonly begin: number;
  readonly end?: number;
  /** "error rate 14.3% is above 10%" */
  readonly text: string;
  /** "since 14:02", "14:02 to 14:40" */
  readonly when: string;
  /** Errors by type, requests and the like, where Meta sent them. */
  readonly details?: string;
}

/** A line through all charts. */
export interface PanelMark {
  /** Besides those that someone set: where Meta raised an alert, or changed the flow's status. */
  readonly kind: MarkKind | 'alert' | 'status';
  /** Of an alert: the metric whose chart shows it by itself. */
  readonly metric?: MetricName;
  /** In epoch milliseconds. */
  readonly time: number;
  readonly text: string;
  /** "14:02", "Mar 11, 14:02" */
  readonly when: string;
}

export interface PanelSnapshot {
  readonly type: 'snapshot';
  /** Grows by one with each snapshot of a panel. */
  readonly revision: number;
  /** The editor's clock when this was made, in epoch milliseconds. */
  readonly now: number;
  /** The server's clock where it stands still (demo data); it decides which interval is finished. */
  readonly clock?: number;
  /** BCP 47, VS Code's display language. */
  readonly locale: string;
  readonly flow: {
    readonly id: string;
    readonly name: string;
    /** Meta's word (`PUBLISHED`), or undefined. */
    readonly status?: string;
    readonly dataApiVersion?: string;
  };
  readonly source: {
    /** "Meta, account “Bistro Nord”", "Demo data", "Your measurements", "Server at HOST". */
    readonly text: string;
    /** "Meta", "Demo data" …, for the head of the page. */
    readonly short: string;
    /** The API version that answered. */
    readonly apiVersion?: string;
    /** Zone in which days are cut. */
    readonly zone: string;
    /** True where the figures come from Meta and are directional only. */
    readonly directional: boolean;
    readonly minRequests: number;
  };
  readonly view: PanelView;
  /**
   * The period that is summed, in epoch milliseconds, with the same length just before; absent for LIFETIME without
   * data. `covers` names its days or hours where `label` does not.
   */
  readonly period?: { readonly begin: number; readonly end: number; readonly label: string; readonly covers?: string };
  readonly before?: { readonly begin: number; readonly end: number; readonly label: string };
  /** Where chosen days end: nothing that begins from then on is shown. */
  readonly shownUntil?: number;
  /** Days before this are not from the server but kept on this computer. */
  readonly keptUntil?: number;
  /** True where days are kept that the server no longer tells. */
  readonly hasKept?: true;
  /** First and last day that the date inputs take: the page's own days by hour, the server's by day. */
  readonly limits: Readonly<Record<'HOUR' | 'DAY', DateLimits>>;
  /** First and last day, inclusive, for the date inputs. */
  readonly dates: PeriodDates;
  readonly verdict: PanelVerdict;
  readonly notice?: PanelNotice;
  /** One message for the whole page instead of five. */
  readonly whole?: PanelMessage & { readonly state: 'not-enough-data' | 'no-data' | 'error' };
  readonly sections: readonly PanelSection[];
  readonly thresholds: Thresholds;
  /** Absent where the server does not measure milliseconds, or has none for this period. */
  readonly milliseconds?: PanelMilliseconds;
  /** Those that still hold first, then the newest; absent where the server receives none. */
  readonly alerts?: readonly PanelAlert[];
  /** Oldest first; absent where there are none. */
  readonly marks?: readonly PanelMark[];
  /** A read is under way. */
  readonly busy: boolean;
  /** End of the newest interval with data. */
  readonly dataUpTo?: number;
  readonly fetchedAt?: number;
  /** Nothing of what is shown could be read when that was tried last. */
  readonly stale?: true;
  /** The metric that the person asked for, to be scrolled to and focused. Sent in one snapshot only. */
  readonly focus?: MetricName;
  /** Likewise, to be scrolled to alone: the focus stays where it is. */
  readonly scrollTo?: MetricName;
}

export type PanelIntent =
  /** `zone` is the one of the page's clock: the editor may run on another computer. */
  | { readonly type: 'ready'; readonly zone?: string; readonly view?: PanelView }
  | { readonly type: 'setView'; readonly view: PanelView }
  | { readonly type: 'action'; readonly name: PanelActionName }
  | { readonly type: 'export' }
  /** The page shows another part of the period from now on, or the whole. */
  | { readonly type: 'zoom'; readonly span?: Span }
  /** Where the clipboard takes no picture: a PNG in base64. */
  | { readonly type: 'saveImage'; readonly metric: MetricName; readonly png: string };

const actionNames: readonly string[] = [
  'refresh',
  'setToken',
  'showLog',
  'copyFlowId',
  'show90d',
  'showLifetime',
  'measure',
  'startMeter',
  'addMark',
] satisfies PanelActionName[];

/** Checks a message from the page, which is not trusted; anything unexpected is undefined. */
export function parsePanelIntent(message: unknown): PanelIntent | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, view, name, zone, metric, png, span } = message as Record<string, unknown>;
  if (type === 'export') return { type };
  if (type === 'zoom') return { type, ...(isSpan(span) ? { span } : {}) };
  if (type === 'saveImage') return isMetricName(metric) && isPng(png) ? { type, metric, png } : undefined;
  if (type === 'action') {
    return typeof name === 'string' && actionNames.includes(name) ? { type, name: name as PanelActionName } : undefined;
  }
  const checked = parsePanelView(view);
  if (type === 'ready') {
    const known = typeof zone === 'string' && isZone(zone) ? zone : undefined;
    return { type, ...defined({ zone: known, view: checked }) };
  }
  return type === 'setView' && checked ? { type, view: checked } : undefined;
}

/** A card on a large screen takes a tenth of that. */
const maxPngLength = 16_000_000;

function isPng(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxPngLength && /^iVBORw0KGgo[A-Za-z0-9+/]+={0,2}$/.test(value);
}
