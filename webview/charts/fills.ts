/** How counted things are filled: by hue, and where the theme asks for it by a pattern too. */
import type { Fill, Theme } from '../theme';

/** Fills of the documented error types and of what Meta may add. */
const errorFills: Readonly<Record<string, readonly [plain: Fill, patterned: Fill]>> = {
  timeout_error: [{ ground: 'timeout' }, { ground: 'timeout' }],
  unexpected_http_status_code: [
    { ground: 'status' },
    { ground: 'card', ink: 'status', mark: 'diagonal', edge: 'status' },
  ],
  cannot_be_served: [{ ground: 'unserved' }, { ground: 'card', ink: 'unserved', mark: 'dots', edge: 'unserved' }],
  no_http_response_error: [{ ground: 'noresponse' }, { ground: 'card', ink: 'status', mark: 'rows', edge: 'status' }],
};

const otherFill: readonly [plain: Fill, patterned: Fill] = [
  { ground: 'other' },
  { ground: 'card', ink: 'other', mark: 'counter', edge: 'other' },
];

export function errorFill(key: string, theme: Theme): Fill {
  return (errorFills[key] ?? otherFill)[theme.patterns ? 1 : 0];
}

/** Latency bucket 1–11. In patterns there are four groups, cut at Meta's alert levels. */
export function bucketFill(bucket: number, theme: Theme): Fill {
  if (!theme.patterns) return { ground: `bucket-${bucket}` };
  if (bucket <= 1) return { ground: 'card', edge: 'requests' };
  if (bucket <= 5) return { ground: 'card', ink: 'requests', mark: 'diagonal', edge: 'requests' };
  return bucket <= 7
    ? { ground: 'card', ink: 'requests', mark: 'cross', edge: 'requests' }
    : { ground: 'fg', edge: 'fg' };
}

export function requestsFill(): Fill {
  return { ground: 'requests' };
}

export function succeededFill(theme: Theme): Fill {
  return { ground: 'succeeded', ...(theme.patterns ? { edge: 'healthy' as const } : {}) };
}

/** Hatched in every theme: some eyes cannot tell its red from the green below it. */
export function failedFill(theme: Theme): Fill {
  return { ground: 'failed', ink: 'card', mark: 'diagonal', ...(theme.patterns ? { edge: 'failed' as const } : {}) };
}
