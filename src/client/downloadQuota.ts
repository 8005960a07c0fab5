/** Limits the bytes of all answers of one read of an account: each of them is bounded, but there may be many. */
import { MetricsError } from '../contract/errors';

export class DownloadQuota {
  private left: number;

  constructor(private limit: number) {
    this.left = limit;
  }

  /** Allows so many bytes more, since more is asked. */
  raise(bytes: number): void {
    this.limit += bytes;
    this.left += bytes;
  }

  /** Counts what came; throws where that is too much. */
  take(bytes: number): void {
    this.left -= bytes;
    if (this.left >= 0) return;
    const limit = Math.ceil(this.limit / 1024 / 1024);
    throw new MetricsError('invalidResponse', `The answers of this read are larger than ${limit} MiB together.`, {
      tooLarge: true,
    });
  }
}
