import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Redaction } from '../../../src/host/util/redaction';

const token = fc.stringMatching(/^[!-~]{8,60}$/);

describe('Redaction', () => {
  it('takes a known token out of any text, in the forms in which it travels', () => {
    fc.assert(
      fc.property(token, fc.string(), fc.string(), (secret, before, after) => {
        const redaction = new Redaction();
        redaction.hide(secret);
        const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
        for (const form of forms) assert.ok(!redaction.clean(`${before}${form}${after}`).includes(form));
        assert.ok(!redaction.clean(inspect(new Error(`Authorization: Bearer ${secret}`))).includes(secret));
      }),
    );
  });

  it('knows tokens by their looks as well', () => {
    const redaction = new Redaction();
    assert.equal(redaction.clean('got EAAGm0PX4ZCpsBAKZCmpWZAexample0token here'), 'got [token] here');
    assert.equal(redaction.clean('Authorization: Bearer abc.def-123'), 'Authorization: Bearer [token]');
    assert.equal(redaction.clean('https://x/y?access_token=abc%20d&z=1'), 'https://x/y?access_token=[token]&z=1');
  });

  it('takes out a token that begins like a shorter one, whichever was known first', () => {
    for (const secrets of [
      ['secret-token', 'secret-token-and-more'],
      ['secret-token-and-more', 'secret-token'],
    ]) {
      const redaction = new Redaction();
      for (const secret of secrets) redaction.hide(secret);
      assert.equal(redaction.clean('a secret-token-and-more b secret-token'), 'a [token] b [token]');
    }
  });

  it('makes one line of what would begin others or move the cursor', () => {
    const redaction = new Redaction();
    assert.equal(
      redaction.line('a\n2026-01-01 [info] forged\u001b[2K\u2028b\u202e'),
      'a 2026-01-01 [info] forged [2K b ',
    );
    assert.equal(
      redaction.lines('Error: a\r\n2026-01-01 [info] forged\nat b'),
      'Error: a\n    2026-01-01 [info] forged\n    at b',
    );
    assert.equal(redaction.line('x'.repeat(1_000_000)).length, 4000);
  });

  it('leaves no half of a token where a long line is cut', () => {
    const redaction = new Redaction();
    redaction.hide('secret-token');
    redaction.hide('t'.repeat(500));
    assert.match(redaction.line('t'.repeat(9_000)), /^(\[token\]){16}$/);
    // Many of them leave room for the half that the end of the search cuts off.
    assert.doesNotMatch(redaction.line('secret-token'.repeat(666) + 'x'.repeat(4) + 'secret-token'), /secr/);
    for (const before of [3990, 3995, 7990, 7995]) {
      for (const space of ['x', '\n']) {
        assert.doesNotMatch(redaction.line(`${space.repeat(before)}secret-token`), /secr/);
        assert.doesNotMatch(redaction.lines(`${space.repeat(before)}secret-token`), /secr/);
      }
    }
  });

  it('leaves ordinary lines alone', () => {
    const redaction = new Redaction();
    redaction.hide('');
    redaction.hide('abc');
    const line = '“Shop”: refresh (timer), 35 answers in 345 ms; abc';
    assert.equal(redaction.clean(line), line);
  });
});
