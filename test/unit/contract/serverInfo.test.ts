import assert from 'node:assert/strict';
import { parseServerInfo } from '../../../src/contract/serverInfo';

describe('What a server says of itself', () => {
  const body = { version: '1.2.3', zone: 'Pacific/Kiritimati', store: 'demo', min_requests: 250 };

  it('may be a clock that stands still', () => {
    const { clock } = parseServerInfo({ ...body, clock: '2026-03-12T14:30:00.000Z' });
    assert.equal(clock, Date.UTC(2026, 2, 12, 14, 30));
    assert.equal(parseServerInfo(body).clock, undefined);
  });

  for (const clock of ['-271821-04-20T00:00:00Z', '0000-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', 'yesterday']) {
    it(`is no clock at ${clock}, where no day can be told in every zone`, () => {
      assert.throws(() => parseServerInfo({ ...body, clock }), { kind: 'invalidResponse' });
    });
  }
});
