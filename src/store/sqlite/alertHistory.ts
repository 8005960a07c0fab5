/**
 * How Meta's notices of one flow and type follow from each other by their own times. Meta repeats notices for days and
 * delivers them in any order, so everything here is made from all of them: the order in which they arrived counts for nothing.
 */
import { defined } from '../../util/defined';

export interface Notice {
  /** The same for what is delivered again. */
  readonly id: string;
  readonly state: 'ACTIVATED' | 'DEACTIVATED';
  /** Epoch milliseconds of Meta's, in whole seconds: several notices may share one. */
  readonly time: number;
  readonly threshold?: number;
  readonly oldStatus?: string;
  readonly newStatus?: string;
}

interface OrderedNotice {
  readonly id: string;
  /** Its place among those of the same time. */
  readonly place: number;
  /** When it ended; an active one without `until` holds. */
  readonly until?: number;
  /** False for an end of alerts that are known: it is told by their `until`. */
  readonly stands: boolean;
}

/**
 * The notices in the order in which things happened. An end is one of its threshold and of all higher ones: who falls
 * below 5% is below 10% as well. What begins ends what was active of the same threshold, whose own end was not told.
 */
export function orderAlerts(notices: readonly Notice[]): readonly OrderedNotice[] {
  const ends = new Map<Notice, number>();
  const hidden = new Set<Notice>();
  const inOrder: (readonly Notice[])[] = [];
  let open: readonly Notice[] = [];
  for (const together of byTime(notices)) {
    const { time } = together[0]!;
    const began = together.filter(({ state }) => state === 'ACTIVATED');
    const over = together.filter(({ state }) => state === 'DEACTIVATED');
    inOrder.push([...began, ...over]);
    for (const alert of open) {
      if (began.some(({ threshold }) => threshold === alert.threshold)) ends.set(alert, time);
    }
    for (const end of over) {
      const before = open.filter((alert) => isEndOf(end, alert));
      // An alert that begins and ends within one second, where none was active before, began first.
      const ended = before.length > 0 ? before : began.filter((alert) => isEndOf(end, alert));
      for (const alert of ended) ends.set(alert, time);
      ends.set(end, time);
      if (ended.length > 0) hidden.add(end);
    }
    open = [...open, ...began].filter((alert) => !ends.has(alert));
  }
  return inOrder.flatMap((together) =>
    together.map((notice, place) => ordered(notice, place, ends.get(notice), !hidden.has(notice))),
  );
}

/** Changes of a flow's status in the order in which they happened: each ends the one before. The last one holds. */
export function orderStatuses(notices: readonly Notice[]): readonly OrderedNotice[] {
  const inOrder: { readonly notice: Notice; readonly place: number }[] = [];
  for (const together of byTime(notices)) {
    const before = inOrder.at(-1)?.notice.newStatus;
    inOrder.push(...chained(together, before).map((notice, place) => ({ notice, place })));
  }
  return inOrder.map(({ notice, place }, i) =>
    ordered(notice, place, notice.state === 'DEACTIVATED' ? notice.time : inOrder[i + 1]?.notice.time, true),
  );
}

function ordered({ id }: Notice, place: number, until: number | undefined, stands: boolean): OrderedNotice {
  return { id, place, stands, ...defined({ until }) };
}

function isEndOf({ threshold }: Notice, alert: Notice): boolean {
  return threshold === undefined || alert.threshold === undefined || threshold <= alert.threshold;
}

/** Within one second only the statuses themselves tell which change followed which. */
function chained(together: readonly Notice[], before: string | undefined): readonly Notice[] {
  const left = [...together];
  const chain: Notice[] = [];
  let status = before;
  while (left.length > 0) {
    const results = new Set(left.map(({ newStatus }) => newStatus));
    const next =
      left.find(({ oldStatus }) => oldStatus !== undefined && oldStatus === status) ??
      left.find(({ oldStatus }) => !results.has(oldStatus)) ??
      left[0]!;
    left.splice(left.indexOf(next), 1);
    chain.push(next);
    status = next.newStatus;
  }
  return chain;
}

/** Groups of one time each, oldest first; in a group by id, so that arrival counts for nothing there either. */
function byTime(notices: readonly Notice[]): readonly (readonly Notice[])[] {
  const groups = new Map<number, Notice[]>();
  for (const notice of [...notices].sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1))) {
    const group = groups.get(notice.time);
    if (group) group.push(notice);
    else groups.set(notice.time, [notice]);
  }
  return [...groups.values()];
}
