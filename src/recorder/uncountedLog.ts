/** Requests that count for no flow: their number, and a line in the log now and then. */
import type { UncountedReason, UncountedRequests } from '../domain/meterState';

/** Strangers knock in floods: a line for each would be another one. */
const reportMs = 60_000;
/** Trouble that did not come again for so long is over. */
const problemMs = 10 * 60_000;

const texts: Readonly<Record<UncountedReason, (count: string, detail: string) => string>> = {
  unknownAddress: (count) => `${count} refused: no flow is recorded at the address. Requests come to /FLOW_ID.`,
  circular: (count) =>
    `${count} refused: the URL of an endpoint leads back to this recorder. Enter the address of the endpoint itself, not that of the recorder or its tunnel.`,
  unusable: (count, detail) => `${count} refused: ${detail}.`,
  outOfResources: (count, detail) =>
    `${count} not passed on, since this computer could not do its part (${detail}). Endpoints are not to blame.`,
  crossed: (count) => `${count} not answered, since an endpoint closed its connection at that moment.`,
};

interface Cause {
  readonly reason: UncountedReason;
  readonly detail: string;
  count: number;
  reported: number;
  timer?: NodeJS.Timeout | undefined;
}

export class UncountedLog {
  private readonly counts = { unknownAddress: 0, circular: 0, unusable: 0, outOfResources: 0, crossed: 0 };
  private readonly causes = new Map<string, Cause>();
  private readonly last: Partial<Record<UncountedReason, { readonly at: number; readonly detail: string }>> = {};

  constructor(private readonly report: (line: string) => void) {}

  get requests(): UncountedRequests {
    return { ...this.counts };
  }

  /** Faults that a person must mend, while they go on, as sentences. */
  get problems(): readonly string[] {
    const now = performance.now();
    return (['circular', 'outOfResources'] as const).flatMap((reason) => {
      const last = this.last[reason];
      if (!last || now - last.at >= problemMs) return [];
      return sentence(reason, this.counts[reason], last.detail);
    });
  }

  /** `detail` is one of few, and goes into the log: nothing that a caller sent may stand in it. */
  add(reason: UncountedReason, detail = ''): void {
    this.counts[reason]++;
    this.last[reason] = { at: performance.now(), detail };
    const key = `${reason} ${detail}`;
    const cause = this.causes.get(key) ?? { reason, detail, count: 0, reported: 0 };
    this.causes.set(key, cause);
    cause.count++;
    if (cause.timer) return;
    this.writeLine(cause);
    cause.timer = setTimeout(() => {
      cause.timer = undefined;
      this.writeLine(cause);
    }, reportMs).unref();
  }

  close(): void {
    for (const cause of this.causes.values()) {
      clearTimeout(cause.timer);
      this.writeLine(cause);
    }
    this.causes.clear();
  }

  private writeLine(cause: Cause): void {
    const { reason, detail, count, reported } = cause;
    if (count === reported) return;
    cause.reported = count;
    this.report(`${sentence(reason, count - reported, detail)} ${count} since the start.`);
  }
}

function sentence(reason: UncountedReason, count: number, detail: string): string {
  return texts[reason](count === 1 ? '1 request was' : `${count} requests were`, detail);
}
