/** A limit of requests an hour, for testing how clients behave when they meet one. */
import { hourMs } from '../contract/calendar';
import { usageHeader } from '../contract/routes';
import { rateLimited } from './graphFailure';

export interface RateLimit {
  /** Counts a request; throws 80008 where there were too many. Returns the headers that tell how much is used. */
  take(): Readonly<Record<string, string>>;
}

/**
 * `perHour` requests in an hour that begins with the first of them; 0 refuses all. `elapsed` is real time even where
 * the data's clock stands still, and goes on where the computer's is set back: a limit that never ends would be no limit.
 */
export function createRateLimit(perHour: number, businessAccountId: string, elapsed: () => number): RateLimit {
  let begin = -Infinity;
  let used = 0;

  function usage(regainMs: number): Readonly<Record<string, string>> {
    const percent = perHour === 0 ? 100 : Math.min(100, Math.floor((used * 100) / perHour));
    const entry = {
      type: 'whatsapp_business_management',
      call_count: percent,
      total_cputime: 0,
      total_time: 0,
      // Minutes, as at Meta.
      estimated_time_to_regain_access: Math.ceil(regainMs / 60_000),
    };
    return { [usageHeader]: JSON.stringify({ [businessAccountId]: [entry] }) };
  }

  return {
    take() {
      const present = elapsed();
      if (present >= begin + hourMs) {
        begin = present;
        used = 0;
      }
      if (used >= perHour) throw rateLimited(usage(begin + hourMs - present));
      used += 1;
      return usage(0);
    },
  };
}
