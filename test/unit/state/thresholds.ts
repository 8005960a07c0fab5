import type { Thresholds } from '../../../src/domain/model';

/** Meta's alert levels, as package.json has them. */
export const thresholds: Thresholds = {
  errorRatePercent: { attention: 5, warning: 10, critical: 50 },
  p90Seconds: { attention: 1, warning: 5, critical: 7 },
  availabilityPercent: { critical: 90 },
};
