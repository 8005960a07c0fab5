import assert from 'node:assert/strict';
import fc from 'fast-check';
import { kindOfGraphError, metricsErrorKinds, metricsErrorOf, type GraphError } from '../../../src/contract/errors';

function graphError(code: number, more: Partial<GraphError> = {}): GraphError {
  return { message: 'Some text', type: 'OAuthException', code, ...more };
}

describe('kindOfGraphError', () => {
  for (const [code, subcode, kind] of [
    [139006, undefined, 'notEnoughData'],
    [190, 463, 'auth'],
    [190, 460, 'auth'],
    [190, 467, 'auth'],
    [190, undefined, 'auth'],
    [102, undefined, 'auth'],
    [104, undefined, 'auth'],
    [3, undefined, 'permission'],
    [10, undefined, 'permission'],
    [200, undefined, 'permission'],
    [299, undefined, 'permission'],
    [4, undefined, 'rateLimited'],
    [17, undefined, 'rateLimited'],
    [32, undefined, 'rateLimited'],
    [613, undefined, 'rateLimited'],
    [80007, undefined, 'rateLimited'],
    [80008, undefined, 'rateLimited'],
    [100, 33, 'notFound'],
    [803, undefined, 'notFound'],
    [100, undefined, 'invalidRequest'],
    [1, undefined, 'server'],
    [2, undefined, 'server'],
    [300, undefined, 'server'],
    [999999, undefined, 'server'],
  ] as const) {
    it(`reads ${code}${subcode === undefined ? '' : `/${subcode}`} as ${kind}, whatever HTTP says`, () => {
      const error = graphError(code, subcode === undefined ? {} : { error_subcode: subcode });
      for (const status of [200, 400, 401, 403, 404, 429, 500]) assert.equal(kindOfGraphError(error, status), kind);
    });
  }

  it('reads the withdrawn field from the text, as nothing else tells it', () => {
    const gone = '(#100) Tried accessing nonexisting field (metric) on node type (WhatsAppFlow)';
    assert.equal(kindOfGraphError(graphError(100, { message: gone }), 400), 'withdrawn');
    const other = '(#100) Tried accessing nonexisting field (metrix) on node type (WhatsAppFlow)';
    assert.equal(kindOfGraphError(graphError(100, { message: other }), 400), 'invalidRequest');
    assert.equal(kindOfGraphError(graphError(190, { message: gone }), 400), 'auth');
  });

  it('decides on no other text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), fc.string(), fc.string(), (code, a, b) => {
        fc.pre(code !== 100);
        const kind = kindOfGraphError(graphError(code, { message: a }), 400);
        assert.equal(kindOfGraphError(graphError(code, { message: b }), 400), kind);
        assert.ok(metricsErrorKinds.includes(kind));
      }),
    );
  });
});

describe('metricsErrorOf', () => {
  it('tells why a token is of no use', () => {
    const reason = (subcode?: number): unknown =>
      metricsErrorOf(graphError(190, subcode === undefined ? {} : { error_subcode: subcode }), 400).details.reason;
    assert.equal(reason(463), 'expired');
    assert.equal(reason(460), 'passwordChanged');
    assert.equal(reason(467), 'invalid');
    assert.equal(reason(), 'invalid');
  });

  it('marks only transient failures of the server as worth another attempt', () => {
    assert.equal(metricsErrorOf(graphError(2), 500).details.transient, true);
    assert.equal(metricsErrorOf(graphError(999, { is_transient: true }), 400).details.transient, true);
    assert.equal(metricsErrorOf(graphError(999), 400).details.transient, false);
    assert.equal(metricsErrorOf(graphError(100), 500).details.transient, false);
    assert.equal(metricsErrorOf(graphError(190, { is_transient: true }), 500).details.transient, false);
  });

  it('keeps when a limit ends, and nothing of the text', () => {
    const error = metricsErrorOf(graphError(80008, { message: 'secret EAAB', fbtrace_id: 'T' }), 400, 5000);
    assert.equal(error.details.retryAt, 5000);
    assert.equal(error.details.traceId, 'T');
    assert.ok(!error.message.includes('EAAB'));
    assert.equal(metricsErrorOf(graphError(190), 400, 5000).details.retryAt, undefined);
  });
});
