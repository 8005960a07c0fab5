import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isCount, parseJson } from '../../../src/util/json';
import { graphIdOf } from '../../../src/contract/flow';

describe('JSON from outside', () => {
  it('is read as ever where every number is exact', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        if (!/\d{16}/.test(text)) assert.deepEqual(parseJson(text), JSON.parse(text));
      }),
    );
    assert.throws(() => parseJson('{"id":12345678901234567890'), SyntaxError);
  });

  it('keeps whole numbers that a number would round as text, wherever they stand', () => {
    for (const [text, value] of [
      ['{"id":12045883177309521234}', { id: '12045883177309521234' }],
      [
        '[ 9007199254740993 ,9007199254740991,-9007199254740993]',
        ['9007199254740993', 9007199254740991, '-9007199254740993'],
      ],
      ['{"a":{"b":[\n12345678901234567890]}}', { a: { b: ['12345678901234567890'] } }],
      ['12345678901234567890', '12345678901234567890'],
      // What is written as another number, or as text, stays what it is.
      ['[1234567890123456.5,1e21,"12345678901234567890"]', [1234567890123456.5, 1e21, '12345678901234567890']],
    ] as const) {
      assert.deepEqual(parseJson(text), value, text);
    }
  });

  it('holds an id as text, or as a number that has kept its digits', () => {
    for (const [given, id] of [
      ['12045883177309521234', '12045883177309521234'],
      [1204588317730952, '1204588317730952'],
      [2 ** 53, undefined],
      [12045883177309521234, undefined],
      [-1, undefined],
      [1.5, undefined],
      ['x', undefined],
      [null, undefined],
    ] as const) {
      assert.equal(graphIdOf(given), id, String(given));
    }
  });

  it('counts things in whole numbers from 0 to 2^53', () => {
    for (const count of [0, 7, Number.MAX_SAFE_INTEGER]) assert.ok(isCount(count));
    for (const none of [-1, 1.5, 1e21, NaN, Infinity, '7', null]) assert.ok(!isCount(none));
  });
});
