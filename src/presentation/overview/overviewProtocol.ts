/** The messages between the page of the overview and the editor: one complete snapshot down, a few checked intents up. */
import { isZone } from '../../contract/calendar';
import type { MetricName } from '../../contract/metric';
import type { HealthLevel, HealthWindow, LimitLevel, Span, Thresholds } from '../../domain/model';
import { isHealthWindow } from '../../domain/windows';
import { defined } from '../../util/defined';
import type { PanelMark } from '../panelProtocol';

/** Tells the page that it shows the overview, in place of a flow's key. */
export const overviewKey = 'overview';

/** A figure of a flow's health window. */
export interface OverviewFigure {
  /** Ratio 0–1, bucket 1–11 or a count. */
  readonly value: number;
  /** Of the same length of time before; absent where that is not whole. */
  readonly before?: number;
  /** The level that this figure crosses, where it stands on enough to be judged. */
  readonly level?: LimitLevel;
}

/** Requests over the health window and the errors among them, as whole percents of the busiest bar; null is no data. */
export interface OverviewTrend {
  readonly requests: readonly (number | null)[];
  readonly errors: readonly number[];
}

/** A flow. */
export interface OverviewRow {
  /** Account and flow id, unique in a window. */
  readonly key: string;
  readonly id: string;
  readonly name: string;
  /** Key of its account. */
  readonly account: string;
  readonly level: HealthLevel;
  /** Meta's word (`PUBLISHED`), or undefined. */
  readonly status?: string;
  /** The worst reason: "Error rate 12.4% is above 10%"; empty for a healthy flow. */
  readonly reason: string;
  /** "over 7 days", where that is not the window of the settings. */
  readonly over?: string;
  /** "not updated since 14:18", "3 h old", where that is so. */
  readonly age?: string;
  readonly figures: Partial<Readonly<Record<MetricName, OverviewFigure>>>;
  readonly trend?: OverviewTrend;
}

const actionNames = ['connect', 'useDemo', 'setToken', 'refresh', 'showLog', 'startMeter', 'addMeterFlow'] as const;
/** Buttons of the page; the page only sends the intent. */
type OverviewActionName = (typeof actionNames)[number];

export interface OverviewAccount {
  /** The name as the settings have it, by which commands know the account. */
  readonly key: string;
  /** The name as it can be shown. */
  readonly name: string;
  /** "Meta", "Demo data", … */
  readonly source: string;
  /** True until the first read has ended. */
  readonly reading: boolean;
  readonly fetchedAt?: number;
  /** Why the figures of its flows may be old or missing, and the button that helps. */
  readonly trouble?: {
    readonly label: string;
    readonly text: string;
    readonly action: { readonly name: OverviewActionName; readonly label: string };
  };
  /** That the account has more flows than are listed. */
  readonly limit?: string;
}

/** The figures of one interval; what was not measured is absent. */
export type ComparedFigures = Partial<Readonly<Record<MetricName, number>>>;

/** Ticked flows over the same intervals. */
export interface OverviewComparison {
  readonly range: HealthWindow;
  readonly granularity: 'HOUR' | 'DAY';
  /** Zone in which days are cut. */
  readonly zone: string;
  /** Of one interval; 0 where intervals are days. */
  readonly hours: number;
  /** Empty until something was read. */
  readonly spans: readonly Span[];
  /** Oldest first, with the flow's name where it is of one flow. */
  readonly marks: readonly PanelMark[];
  readonly flows: readonly {
    readonly key: string;
    /** Parallel to `spans`. */
    readonly figures: readonly ComparedFigures[];
    /** Why there are none. */
    readonly note?: string;
  }[];
}

/** More lines in one chart could not be told apart. */
export const mostCompared = 5;

export interface OverviewSnapshot {
  readonly type: 'overview';
  /** Grows by one with each snapshot of a panel. */
  readonly revision: number;
  /** The editor's clock when this was made, in epoch milliseconds. */
  readonly now: number;
  /** BCP 47, VS Code's display language. */
  readonly locale: string;
  readonly window: HealthWindow;
  readonly busy: boolean;
  readonly accounts: readonly OverviewAccount[];
  /** Worst first, as in the tree, without those that a person hid. */
  readonly rows: readonly OverviewRow[];
  readonly hidden: number;
  readonly thresholds: Thresholds;
  /** Absent where fewer than two flows are ticked. */
  readonly comparison?: OverviewComparison;
  /** The filter to set, where a person came for flows of these levels; empty: none. Sent in one snapshot only. */
  readonly levels?: readonly HealthLevel[];
}

export type OverviewIntent =
  /** `zone` is the one of the page's clock: the editor may run on another computer. */
  | { readonly type: 'ready'; readonly zone?: string }
  | { readonly type: 'open'; readonly key: string }
  /** Fewer than two keys compare nothing. */
  | { readonly type: 'compare'; readonly keys: readonly string[]; readonly range: HealthWindow }
  | { readonly type: 'action'; readonly name: OverviewActionName; readonly account?: string };

/** Checks a message from the page, which is not trusted; anything unexpected is undefined. */
export function parseOverviewIntent(message: unknown): OverviewIntent | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, zone, key, keys, range, name, account } = message as Record<string, unknown>;
  switch (type) {
    case 'ready':
      return { type, ...defined({ zone: typeof zone === 'string' && isZone(zone) ? zone : undefined }) };
    case 'open':
      return typeof key === 'string' ? { type, key } : undefined;
    case 'compare': {
      const isList = Array.isArray(keys) && keys.length <= mostCompared && keys.every((one) => typeof one === 'string');
      return isList && isHealthWindow(range) ? { type, keys: [...new Set(keys as string[])], range } : undefined;
    }
    case 'action': {
      const known = actionNames.find((one) => one === name);
      return known && { type, name: known, ...defined({ account: typeof account === 'string' ? account : undefined }) };
    }
    default:
      return undefined;
  }
}
