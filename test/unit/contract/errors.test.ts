import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  isThrottled,
  kindOfGraphError,
  metricsErrorKinds,
  MetricsError,
  metricsErrorOf,
  type GraphError,
} from '../../../src/contract/errors';

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

  it('keeps of a trace id what its alphabet allows', () => {
    for (const id of ['AbC_1-x/+=', 'T']) {
      assert.equal(metricsErrorOf(graphError(2, { fbtrace_id: id }), 500, 0).details.traceId, id);
    }
    for (const id of ['a\n2026 [error] forged', '\u001b[2K', 'x'.repeat(65), '']) {
      assert.equal(metricsErrorOf(graphError(2, { fbtrace_id: id }), 500, 0).details.traceId, undefined);
    }
  });

  it('keeps when a limit ends, and nothing of the text', () => {
    const error = metricsErrorOf(graphError(80008, { message: 'secret EAAB', fbtrace_id: 'T' }), 400, 5000);
    assert.equal(error.details.retryAt, 5000);
    assert.equal(error.details.traceId, 'T');
    assert.ok(!error.message.includes('EAAB'));
    assert.equal(metricsErrorOf(graphError(190), 400, 5000).details.retryAt, undefined);
  });
});

describe('isThrottled', () => {
  for (const code of [4, 17, 32, 613, 80007, 80008]) {
    it(`holds for code ${code}, whatever HTTP says`, () => {
      for (const status of [200, 400, 403, 500]) assert.ok(isThrottled(metricsErrorOf(graphError(code), status)));
    });
  }

  it('holds for HTTP 429 without a code', () => {
    assert.ok(isThrottled(metricsErrorOf({ message: '', type: '' }, 429)));
    assert.ok(isThrottled(new MetricsError('rateLimited', 'The server asks to wait.', { httpStatus: 429 })));
  });

  it('holds for no pause that tells nothing of the token', () => {
    const own = new MetricsError('rateLimited', 'No more calls.', { own: true, code: 4, httpStatus: 429 });
    assert.equal(isThrottled(own), false);
    // A server in trouble that says when to come back.
    assert.equal(isThrottled(new MetricsError('rateLimited', 'The server asks to wait.', { httpStatus: 503 })), false);
    assert.equal(isThrottled(new MetricsError('rateLimited', 'wait', { httpStatus: 500, code: 2 })), false);
    for (const code of [190, 2500, 10, 100]) assert.equal(isThrottled(metricsErrorOf(graphError(code), 400)), false);
  });
});
