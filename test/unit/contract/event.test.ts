import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  eventOutcomes,
  formatEvent,
  maxEventLines,
  maxMilliseconds,
  maxReasonLength,
  parseEventLines,
  type MeterEvent,
} from '../../../src/contract/event';

const good = { id: 'a-1', flow: '1204588317730952', time: 1_773_325_080_250, outcome: 'success', ms: 412 };

function lineOf(changes: object): string {
  return JSON.stringify({ ...good, ...changes });
}

/** The events of lines that must be readable. */
function eventsOf(text: string): readonly MeterEvent[] {
  const read = parseEventLines(text);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

const anyEvent: fc.Arbitrary<MeterEvent> = fc
  .record({
    id: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
    flowId: fc.stringMatching(/^[0-9]{1,20}$/),
    time: fc.integer({ min: 0, max: Date.UTC(9999, 0) }),
    outcome: fc.constantFrom(...eventOutcomes),
    milliseconds: fc.double({ min: 0, max: maxMilliseconds, noNaN: true }),
    reason: fc.string({ maxLength: maxReasonLength }),
  })
  .map(({ milliseconds, reason, ...event }) => ({
    ...event,
    // JSON has no -0.
    ...(event.outcome === 'success' ? { milliseconds: milliseconds + 0 } : {}),
    ...(event.outcome === 'check_failed' ? { reason } : {}),
  }));

describe('event lines', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        assert.deepEqual(eventsOf(events.map(formatEvent).join('\n')), events);
      }),
    );
  });

  it('may end with a line break of either kind, and may be empty', () => {
    const event: MeterEvent = {
      id: 'a-1',
      flowId: good.flow,
      time: good.time,
      outcome: 'success',
      milliseconds: 412,
    };
    for (const text of [lineOf({}), `${lineOf({})}\n`, `${lineOf({})}\r\n`, `\n\n${lineOf({})}\n \n`]) {
      assert.deepEqual(eventsOf(text), [event]);
    }
    assert.deepEqual(eventsOf(''), []);
    assert.deepEqual(eventsOf('\n\n'), []);
  });

  it('take times as epoch milliseconds and as ISO with a zone', () => {
    const instant = Date.parse('2026-03-12T14:18:00.250Z');
    for (const time of [
      instant,
      instant + 0.75,
      '2026-03-12T14:18:00.250Z',
      '2026-03-12T14:18:00.250999Z',
      '2026-03-12T19:48:00.250+05:30',
      '2026-03-12T07:18:00.250-0700',
    ]) {
      assert.equal(eventsOf(lineOf({ time }))[0]!.time, instant, String(time));
    }
    assert.equal(eventsOf(lineOf({ time: '2026-03-12T14:18Z' }))[0]!.time, instant - 250);
  });

  it('keep only what they know, and pass over null', () => {
    const [event] = eventsOf(lineOf({ outcome: 'check_succeeded', ms: null, reason: null, colour: 'red' }));
    assert.deepEqual(Object.keys(event!), ['id', 'flowId', 'time', 'outcome']);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['no json', /not JSON/],
    ['{"id":"a"', /not JSON/],
    ['[]', /object/],
    ['null', /object/],
    ['"text"', /object/],
    [lineOf({ id: undefined }), /"id".*64/],
    [lineOf({ id: '' }), /"id"/],
    [lineOf({ id: 'a b' }), /"id"/],
    [lineOf({ id: 'ä' }), /"id"/],
    [lineOf({ id: 'x'.repeat(65) }), /"id"/],
    [lineOf({ id: 7 }), /"id"/],
    [lineOf({ flow: 'x' }), /"flow".*digits/],
    [lineOf({ flow: 1204588317730952 }), /"flow".*text/],
    [lineOf({ flow: '../1' }), /"flow"/],
    [lineOf({ time: undefined }), /"time".*ISO.*epoch milliseconds/],
    [lineOf({ time: '2026-03-12T14:18:00' }), /"time".*zone/],
    [lineOf({ time: '2026-02-31T14:18:00Z' }), /"time"/],
    [lineOf({ time: '2026-03-12T24:00:00Z' }), /"time"/],
    [lineOf({ time: '2026-03-12' }), /"time"/],
    [lineOf({ time: 'yesterday' }), /"time"/],
    [lineOf({ time: -1 }), /"time"/],
    [lineOf({ time: 1e300 }), /"time"/],
    ['{"id":"a","flow":"1","time":1e999,"outcome":"success","ms":1}', /"time"/],
    [lineOf({ outcome: 'SUCCESS' }), /"outcome".*timeout_error.*check_failed/],
    [lineOf({ outcome: undefined }), /"outcome"/],
    [lineOf({ outcome: 'constructor' }), /"outcome"/],
    [lineOf({ ms: undefined }), /"ms" is missing/],
    [lineOf({ ms: -1 }), /"ms".*0 to 86400000/],
    [lineOf({ ms: '412' }), /"ms"/],
    [lineOf({ ms: 1e12 }), /"ms"/],
    [lineOf({ outcome: 'timeout_error', ms: -1 }), /"ms"/],
    [lineOf({ reason: 'slow' }), /"reason".*check_failed/],
    [lineOf({ outcome: 'check_failed', reason: 5 }), /"reason".*200/],
    [lineOf({ outcome: 'check_failed', reason: 'x'.repeat(201) }), /"reason"/],
  ];
  for (const [line, problem] of wrong) {
    it(`refuse ${line.slice(0, 90)} and name its line`, () => {
      const read = parseEventLines(`${lineOf({})}\n\n${line}\n${lineOf({ id: 'a-2' })}\nno json`);
      assert.ok(!read.ok);
      assert.equal(read.line, 3);
      assert.match(read.problem, problem);
    });
  }

  it('refuse more events than are allowed', () => {
    const full = `${lineOf({})}\n`.repeat(maxEventLines);
    assert.equal(eventsOf(full).length, maxEventLines);
    const read = parseEventLines(`${full}\n${lineOf({})}`);
    assert.deepEqual([read.ok, !read.ok && read.line], [false, maxEventLines + 2]);
  });

  it('never break on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseEventLines(text)));
    fc.assert(fc.property(fc.json(), (text) => void parseEventLines(text)));
  });
});
