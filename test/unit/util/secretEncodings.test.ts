import assert from 'node:assert/strict';
import fc from 'fast-check';
import { secretEncodings } from '../../../src/util/secretEncodings';

describe('secretEncodings', () => {
  it('finds a secret in base64, whatever stands before and after it', () => {
    const ascii = fc.string({ unit: fc.constantFrom(...'abcXYZ019/+=&~! -_'), maxLength: 9 });
    const secret = fc.string({ unit: fc.constantFrom(...'abcXYZ019/+=&~'), minLength: 8, maxLength: 60 });
    fc.assert(
      fc.property(ascii, secret, ascii, (before, token, after) => {
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.from(before + token + after).toString(encoding);
          assert.ok(
            secretEncodings(token).some((spelling) => text.includes(spelling)),
            text,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('holds the secret plain, percent-encoded and with slashes escaped', () => {
    assert.deepEqual(secretEncodings('a/b+c=12').slice(0, 3), ['a/b+c=12', 'a%2Fb%2Bc%3D12', 'a\\/b+c=12']);
  });

  it('takes nothing for the secret that is not decided by it alone', () => {
    for (const spelling of secretEncodings('0123456789')) assert.ok(spelling.length >= 10, spelling);
  });
});
