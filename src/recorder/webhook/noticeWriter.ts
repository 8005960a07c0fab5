/** Stores what Meta's notices tell. Those that come while others are written wait and are written together. */
import type { AlertNotice } from '../../contract/alert';
import type { MeterStore } from '../../store/meterStore';

/** Notices that are left out, while the others are on disk. */
export interface NotKept {
  /** Flows of which nothing is kept. */
  readonly unknownFlows: readonly string[];
  /** Notices whose time lies too far from the present. */
  readonly untimely: readonly AlertNotice[];
}

interface Waiting {
  readonly notices: readonly AlertNotice[];
  readonly resolve: (notKept: NotKept) => void;
  readonly reject: (error: unknown) => void;
}

/** A write to a file that is held by others takes seconds: one after the other would let Meta wait for minutes. */
export class NoticeWriter {
  private waiting: Waiting[] = [];
  private isWriting = false;

  constructor(private readonly store: Pick<MeterStore, 'recordAlerts'>) {}

  /** Resolves when the notices are on disk, with those that were not kept; rejects where none of them is. */
  write(notices: readonly AlertNotice[]): Promise<NotKept> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ notices, resolve, reject });
      if (!this.isWriting) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const together = this.waiting;
      this.waiting = [];
      try {
        const recorded = await this.store.recordAlerts(together.flatMap(({ notices }) => notices));
        const unknown = new Set(recorded.unknownFlows);
        const untimely = new Set(recorded.untimely);
        for (const { notices, resolve } of together) {
          resolve({
            unknownFlows: [...new Set(notices.map(({ flowId }) => flowId))].filter((id) => unknown.has(id)),
            untimely: notices.filter((notice) => untimely.has(notice)),
          });
        }
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.isWriting = false;
  }
}
