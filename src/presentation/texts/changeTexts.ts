import type { Change } from '../metricTable';
import type { Translate } from '../translate';

/** "↑ 14%", "no change"; empty where there is nothing to compare with. */
export function changeShort(change: Change, t: Translate): string {
  switch (change.kind) {
    case 'up':
      return `↑ ${change.amount}`;
    case 'down':
      return `↓ ${change.amount}`;
    case 'same':
      return t('no change');
    case 'unknown':
      return '';
  }
}

/** "↑ 14% more", "no change", "not comparable" */
export function changeText(change: Change, t: Translate): string {
  if (change.kind === 'unknown') return t('not comparable');
  return change.word ? `${changeShort(change, t)} ${change.word}` : changeShort(change, t);
}
