/** What comes to the recorder and counts for no flow: how much of it, and a line in the log now and then. */
import type { UncountedReason, UncountedRequests } from '../contract/meterState';

/** Strangers knock in floods: a line for each would be another one. */
const reportMs = 60_000;
/** Trouble that did not come again for so long is over. */
const troubleMs = 10 * 60_000;

const texts: Readonly<Record<UncountedReason, (count: string, detail: string) => string>> = {
  unknownAddress: (count) => `${count} refused: no flow is recorded at the address. Requests come to /FLOW_ID.`,
  circular: (count) =>
    `${count} refused: the URL of an endpoint leads back to this recorder. Enter the address of the endpoint itself, not that of the recorder or its tunnel.`,
  unusable: (count, detail) => `${count} refused: ${detail}.`,
  ownTrouble: (count, detail) =>
    `${count} not passed on, since this computer could not do its part (${detail}). Endpoints are not to blame.`,
  crossed: (count) => `${count} not answered, since an endpoint closed its connection while they were sent.`,
};

export class Uncounted {
  private readonly counts = { unknownAddress: 0, circular: 0, unusable: 0, ownTrouble: 0, crossed: 0 };
  private readonly reported = { ...this.counts };
  private readonly details: Partial<Record<UncountedReason, string>> = {};
  private readonly lastAt: Partial<Record<UncountedReason, number>> = {};
  private readonly timers = new Map<UncountedReason, NodeJS.Timeout>();

  constructor(private readonly report: (line: string) => void) {}

  get requests(): UncountedRequests {
    return { ...this.counts };
  }

  /** What a person must mend, while it goes on, as sentences. */
  get troubles(): readonly string[] {
    const now = performance.now();
    return (['circular', 'ownTrouble'] as const)
      .filter((reason) => now - (this.lastAt[reason] ?? -Infinity) < troubleMs)
      .map((reason) => this.sentence(reason, this.counts[reason]));
  }

  /** `detail` goes into the log: nothing that a caller sent may stand in it. */
  add(reason: UncountedReason, detail = ''): void {
    this.counts[reason]++;
    this.details[reason] = detail;
    this.lastAt[reason] = performance.now();
    if (this.timers.has(reason)) return;
    this.tell(reason);
    const later = setTimeout(() => {
      this.timers.delete(reason);
      this.tell(reason);
    }, reportMs);
    this.timers.set(reason, later.unref());
  }

  close(): void {
    for (const [reason, timer] of this.timers) {
      clearTimeout(timer);
      this.tell(reason);
    }
    this.timers.clear();
  }

  private tell(reason: UncountedReason): void {
    const count = this.counts[reason];
    const news = count - this.reported[reason];
    if (news === 0) return;
    this.reported[reason] = count;
    this.report(`${this.sentence(reason, news)} ${count} since the start.`);
  }

  private sentence(reason: UncountedReason, count: number): string {
    return texts[reason](count === 1 ? '1 request was' : `${count} requests were`, this.details[reason] ?? '');
  }
}
