/** Marks as the dashboard shows them. */
import { maxMarkLength } from '../../contract/mark';
import type { Mark } from '../../domain/mark';
import { defined } from '../../util/defined';
import { plainName } from '../escape';
import type { PanelAlert, PanelMark } from '../panelProtocol';
import type { Speech } from '../speech';

/** Meta's name of that event. */
const statusChange = 'FLOW_STATUS_CHANGE';

/** More lines would cover the charts; the newest are shown. */
const maxShown = 200;

/** Oldest first, each text at one time once, wherever it was told; where alerts began and the status changed, too. */
export function panelMarks(
  marks: readonly Mark[],
  alerts: readonly PanelAlert[],
  speech: Speech,
): readonly PanelMark[] {
  const shown = new Map<string, PanelMark>();
  for (const { type, metric, begin: time, text } of alerts) {
    const kind = type === statusChange ? 'status' : 'alert';
    const when = speech.moment(time, speech.now);
    shown.set(`${time} ${kind} ${text}`, { kind, time, text, when, ...defined({ metric }) });
  }
  for (const { kind, time, text } of marks) {
    const plain = plainName(text, maxMarkLength);
    const when = speech.moment(time, speech.now);
    if (plain !== '') shown.set(`${time} ${plain}`, { kind, time, text: plain, when });
  }
  return [...shown.values()].sort((a, b) => a.time - b.time).slice(-maxShown);
}
