import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  eventOutcomes,
  maxMilliseconds,
  maxReasonLength,
  parseEventLines,
  type MeterEvent,
} from '../../../src/contract/event';

type Sent = Readonly<Record<string, unknown>>;

const idLetters = fc.constantFrom(...'abcXYZ019._:-');
const good: fc.Arbitrary<Sent> = fc
  .record({
    id: fc.string({ unit: idLetters, minLength: 1, maxLength: 64 }),
    flow: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 }),
    time: fc.oneof(
      fc.integer({ min: 0, max: 4e12 }),
      fc.integer({ min: 0, max: 4e12 }).map((instant) => new Date(instant).toISOString()),
    ),
    outcome: fc.constantFrom(...eventOutcomes),
    ms: fc.double({ min: 0, max: maxMilliseconds, noNaN: true }),
    reason: fc.string({ maxLength: maxReasonLength }),
    other: fc.jsonValue(),
  })
  .map(({ reason, ...event }) => (event.outcome === 'check_failed' ? { ...event, reason } : event));

/** One field of a good event turned into something that is not allowed there. */
const bad: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, 1, 'text', [], [{}], {}),
  fc
    .tuple(
      good,
      fc.constantFrom<readonly [string, unknown]>(
        ...(['', 'a b', 'é', 'x'.repeat(65), '../1', 5, null, {}, undefined] as const).map((id) => ['id', id] as const),
        ...(['', '1a', '../1', '١', '1'.repeat(21), 12, null, undefined] as const).map((id) => ['flow', id] as const),
        ...(['', 'now', '2026-02-31T00:00:00Z', '2026-03-12T14:18:00', -1, 1e300, null] as const).map(
          (time) => ['time', time] as const,
        ),
        ...(['', 'Success', '__proto__', 'toString', 0, null] as const).map((outcome) => ['outcome', outcome] as const),
        ...([-1, '5', maxMilliseconds + 1, true, []] as const).map((ms) => ['ms', ms] as const),
      ),
    )
    .map(([event, [field, value]]) => ({ ...event, [field]: value })),
  good.map((event) => ({ ...event, outcome: 'check_failed', reason: 'x'.repeat(maxReasonLength + 1) })),
  good.map((event) => ({ ...event, outcome: 'success', ms: null })),
  good.map((event) => ({ ...event, outcome: 'success', reason: 'why' })),
);

/** What is read from a good line, said plainly. */
function modelOf({ id, flow, time, outcome, ms, reason }: Sent): MeterEvent {
  return {
    id: id as string,
    flowId: flow as string,
    time: typeof time === 'number' ? time : Date.parse(time as string),
    outcome: outcome as MeterEvent['outcome'],
    milliseconds: ms as number,
    ...(reason === undefined ? {} : { reason: reason as string }),
  };
}

describe('A batch of events, by property', () => {
  const lineBreak = fc.constantFrom('\n', '\r\n', '\n\n', '\n \n');

  it('gives every event as it was sent, or names its first line that is none, and then gives nothing', () => {
    const line = fc.oneof(
      { weight: 5, arbitrary: good.map((event) => ({ event, text: JSON.stringify(event) })) },
      { weight: 1, arbitrary: bad.map((event) => ({ event: undefined, text: JSON.stringify(event) })) },
      { weight: 1, arbitrary: fc.constantFrom('{', 'x', '{"id":"a"').map((text) => ({ event: undefined, text })) },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(line, lineBreak), { maxLength: 20 }), (lines) => {
        const text = lines.map(([one, end]) => one.text + end).join('');
        const firstBad = lines.findIndex(([one]) => one.event === undefined);
        const result = parseEventLines(text);
        if (firstBad < 0) {
          assert.ok(result.ok, result.ok ? '' : `${result.line}: ${result.problem} in ${text}`);
          assert.deepEqual(
            result.value,
            lines.map(([one]) => modelOf(one.event!)),
          );
          return;
        }
        assert.ok(!result.ok, `taken: ${lines[firstBad]![0].text}`);
        const before = lines.slice(0, firstBad).map(([one, end]) => one.text + end);
        assert.equal(result.line, before.join('').split('\n').length);
        assert.match(result.problem, /\.$/);
      }),
      { numRuns: 500 },
    );
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});
