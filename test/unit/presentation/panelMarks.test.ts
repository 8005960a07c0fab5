import assert from 'node:assert/strict';
import type { MeterAlert } from '../../../src/contract/alert';
import type { Mark } from '../../../src/domain/mark';
import { createFormats } from '../../../src/presentation/formats';
import { panelAlerts } from '../../../src/presentation/dashboard/panelAlerts';
import { panelMarks } from '../../../src/presentation/dashboard/panelMarks';

const now = Date.UTC(2026, 2, 12, 14, 18);
const speech = { ...createFormats('en', 'UTC'), now };
const mark = (text: string, time = now, more: Partial<Mark> = {}): Mark => ({
  kind: 'own',
  id: text,
  time,
  text,
  ...more,
});

describe('core: marks', () => {
  it('are told oldest first with their times, each once', () => {
    const marks = [
      mark('v1.4.2', now - 60_000),
      mark('v1.4.1', now - 86_400_000),
      mark('v1.4.2', now - 60_000, { kind: 'meter', id: '7' }),
    ];
    assert.deepEqual(
      panelMarks(marks, [], speech).map(({ text, when }) => `${when} ${text}`),
      ['Mar 11, 14:18 v1.4.1', '14:17 v1.4.2'],
    );
  });

  it('lose what could hide, reorder or draw something, and are left out where nothing remains', () => {
    const texts = ['\u202ev1\u0007\n$(bug)', '\u200b\u2800', 'x'.repeat(300)];
    assert.deepEqual(
      panelMarks(
        texts.map((text, i) => mark(text, now + i)),
        [],
        speech,
      ).map(({ text }) => text),
      ['v1 $\u2060(bug)', `${'x'.repeat(99)}…`],
    );
  });

  it('are no more than charts can bear: the newest', () => {
    const shown = panelMarks(
      Array.from({ length: 500 }, (_, i) => mark(`v${i}`, now - i)),
      [],
      speech,
    );
    assert.deepEqual([shown.length, shown.at(-1)?.text, shown[0]?.text], [200, 'v0', 'v199']);
  });

  it('stand where alerts began and the status changed, too', () => {
    const alert = (id: string, type: string, more: object): MeterAlert => ({
      ...{ id, flowId: '1', type, state: 'ACTIVATED', time: now - 3_600_000, text: 'Throttled.' },
      ...more,
    });
    const alerts = panelAlerts(
      [
        alert('1', 'ENDPOINT_ERROR_RATE', { value: 12.4, threshold: 10 }),
        alert('2', 'FLOW_STATUS_CHANGE', { time: now - 60_000 }),
      ],
      speech,
    );
    assert.deepEqual(
      panelMarks([mark('v1', now - 120_000)], alerts, speech).map(({ kind, text, metric }) => [kind, text, metric]),
      [
        ['alert', 'error rate 12.4% is above 10%', 'ENDPOINT_REQUEST_ERROR_RATE'],
        ['own', 'v1', undefined],
        ['status', 'Throttled', undefined],
      ],
    );
  });
});
