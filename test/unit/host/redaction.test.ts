import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Redaction } from '../../../src/host/redaction';

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

  it('leaves ordinary lines alone', () => {
    const redaction = new Redaction();
    redaction.hide('');
    redaction.hide('abc');
    const line = '“Shop”: refresh (timer), 35 answers in 345 ms; abc';
    assert.equal(redaction.clean(line), line);
  });
});
