/** Marks as the dashboard shows them. */
import { maxMarkLength } from '../../contract/mark';
import type { Mark } from '../../domain/mark';
import { plainName } from '../escape';
import type { PanelMark } from '../panelProtocol';
import type { Speech } from '../speech';

/** More lines would cover the charts; the newest are shown. */
const maxShown = 200;

/** Oldest first, each text at one time once, wherever it was told. */
export function panelMarks(marks: readonly Mark[], speech: Speech): readonly PanelMark[] {
  const shown = new Map<string, PanelMark>();
  for (const { kind, time, text } of marks) {
    const plain = plainName(text, maxMarkLength);
    const when = speech.moment(time, speech.now);
    if (plain !== '') shown.set(`${time} ${plain}`, { kind, time, text: plain, when });
  }
  return [...shown.values()].sort((a, b) => a.time - b.time).slice(-maxShown);
}
