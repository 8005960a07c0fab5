import assert from 'node:assert/strict';
import fc from 'fast-check';
import { commandLink, escapeMarkdown, plainName } from '../../../src/presentation/escape';

const nasty = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '$(',
          'zap)',
          '](command:',
          '<img>',
          '**',
          '`',
          '|',
          '\n',
          '\u202e',
          '\u0000',
          '\\',
          '[',
          ']',
          '(',
          ')',
          '&lt;',
        ],
        ...[
          'https://',
          'www.',
          '\u2028',
          '\u200b',
          '\ud800',
          '👩‍💻',
          ' ',
          '\u3164',
          '\u2800',
          '\u200d',
          '\u0301',
          '\ufe0f',
        ],
      ),
    )
    .map((parts) => parts.join('')),
);

/** With marks, joiners and selectors that belong there. */
const living = ['ที่นั่ง', 'Cafe\u0301', '❤\ufe0f\u200d🔥 Offers', 'می\u200cخواهم', 'क्\u200dष', 'བསྒྲུབས', '☎\ufe0f'];

describe('plainName', () => {
  it('keeps ordinary names as they are', () => {
    for (const name of ['Table booking', 'Réservation n° 3', '予約', 'حجز', '👩‍💻 Form', 'a_b*c', ...living]) {
      assert.equal(plainName(name), name);
    }
  });

  it('removes what draws, hides or reorders', () => {
    assert.equal(plainName('a\u0000b\u001b[31mc'), 'a b [31mc');
    assert.equal(plainName('user\u202egnp.exe\u2066\u200b\ufeff'), 'usergnp.exe');
    assert.equal(plainName('  a\r\n\t b\u2028c '), 'a b c');
    assert.equal(plainName('a\ud800b'), 'ab');
    assert.equal(plainName('\u0007'), '');
  });

  it('is empty where nothing would be seen', () => {
    const nothing = [
      ...[
        '\u3164',
        '\u115f',
        '\u1160',
        '\uffa0',
        '\u2800',
        '\u2800\u2800 \u2800',
        '\u200d',
        '\u200c\u200d',
        '\ufe0f',
        '\u034f',
      ],
      ...[
        '\u00ad',
        '\u2060',
        '\u180e',
        '\u17b4',
        '\u{e0041}',
        '\u{1d173}',
        '\u00a0\u3000',
        '\u0301',
        '\u0301'.repeat(99),
      ],
    ];
    for (const name of nothing) assert.equal(plainName(name), '', JSON.stringify(name));
    assert.equal(plainName('a\u3164\u200d \u2800b'), 'a b');
  });

  it('keeps a pile of marks within its row', () => {
    assert.equal(plainName(`Z${'\u0335'.repeat(99)}algo`), `Z${'\u0335'.repeat(4)}algo`);
  });

  it('draws no icons', () => assert.ok(!plainName('$(zap) and $$(zap)').includes('$(')));

  it('cuts long names by characters, not in the middle of one', () => {
    assert.equal(plainName('x'.repeat(10_000)).length, 100);
    assert.equal(plainName('abcdef', 4), 'abc…');
    assert.equal(plainName('ab cdef', 4), 'ab…');
    assert.equal(plainName('abcd', 4), 'abcd');
    assert.equal(plainName('😀😀😀', 2), '😀…');
    assert.equal(plainName(`${'\u200b'.repeat(50)}name`), 'name');
  });

  it('gives one short line of harmless text for anything', () => {
    fc.assert(
      fc.property(nasty, fc.integer({ min: 2, max: 50 }), (text, max) => {
        const name = plainName(text, max);
        assert.doesNotMatch(
          name,
          /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u,
        );
        assert.doesNotMatch(
          name.replaceAll('$\u2060(', '$('),
          /(?![\u200c\u200d\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}|\u2800|\p{M}{5}|(^| )[\u200c\u200d]/u,
        );
        assert.ok(name === '' || /[\p{L}\p{N}\p{P}\p{S}]/u.test(name));
        assert.ok(!name.includes('$('));
        assert.ok(Array.from(name.replaceAll('\u2060', '')).length <= max);
        assert.equal(name, name.trim());
      }),
      { numRuns: 500 },
    );
  });
});

describe('escapeMarkdown', () => {
  it('leaves nothing that Markdown reads', () => {
    const escaped = escapeMarkdown('**a** [x](command:evil) <b>|`$(zap)` https://x.y', 200);
    for (const part of ['**', '](', '](command:', '<b', '`$', '$(', 'https://']) {
      assert.ok(!escaped.replace(/\\./g, '').includes(part), part);
    }
  });

  it('escapes every mark, so that unescaping gives the plain name back', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const escaped = escapeMarkdown(text);
        assert.doesNotMatch(escaped.replace(/\\[!-/:-@[-`{-~]/g, ''), /[!-/:-@[-`{-~]/);
        assert.equal(escaped.replace(/\\([!-/:-@[-`{-~])/g, '$1'), plainName(text));
        for (const part of ['](', '](command:', '$(', '<', '\n']) {
          assert.ok(!escaped.replace(/\\[\s\S]/g, '').includes(part), part);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('commandLink', () => {
  it('encodes its argument so that it cannot leave the link', () => {
    fc.assert(
      fc.property(nasty, nasty, (account, flowId) => {
        const link = commandLink('flowmeter.openDashboard', { account, flowId });
        assert.match(link, /^command:flowmeter\.openDashboard\?[A-Za-z0-9%.-]*$/);
        const back: unknown = JSON.parse(decodeURIComponent(link.slice(link.indexOf('?') + 1)));
        assert.deepEqual(back, [{ account, flowId }]);
      }),
    );
  });
});
