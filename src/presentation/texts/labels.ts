import type { Flow } from '../../contract/flow';
import { plainName } from '../escape';
import type { HealthLevel } from '../../domain/model';
import type { Formats } from '../formats';
import type { Translate } from '../translate';

/** A flow's name as it can be shown anywhere, its id where it has none. */
export function flowName(flow: Flow, max?: number): string {
  return plainName(flow.name, max) || flow.id;
}

export function levelLabel(level: HealthLevel, t: Translate): string {
  switch (level) {
    case 'healthy':
      return t('Healthy');
    case 'attention':
      return t('Attention');
    case 'warning':
      return t('Warning');
    case 'critical':
      return t('Critical');
    case 'unknown':
      return t('Not judged');
  }
}

/** "Published"; a word that is not known stays as the server wrote it. */
export function statusLabel(status: string, t: Translate): string {
  switch (status) {
    case 'DRAFT':
      return t('Draft');
    case 'PUBLISHED':
      return t('Published');
    case 'DEPRECATED':
      return t('Deprecated');
    case 'BLOCKED':
      return t('Blocked');
    case 'THROTTLED':
      return t('Throttled');
    default:
      return plainName(status, 30);
  }
}

/** "12 flows" */
export function flowCountText(count: number, { t, count: figure }: Formats): string {
  return count === 1 ? t('1 flow') : t('{0} flows', figure(count));
}
