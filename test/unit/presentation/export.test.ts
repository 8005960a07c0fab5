import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourMs, metaZone, startOfDay } from '../../../src/contract/calendar';
import type { MilliSeries } from '../../../src/contract/latency';
import { visibleText } from '../../../src/presentation/escape';
import { exportFileName } from '../../../src/presentation/fileNames';
import { csvCell, curlCommand, toCsv, toCsvOfAll, toJson, type CsvInput } from '../../../src/presentation/export';
import { hours, seriesOf } from '../domain/make';

/** A small parser of RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ',') {
      row.push(cell);
      cell = '';
    } else if (char === '\r' && text[i + 1] === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
      i++;
    } else cell += char;
  }
  assert.equal(cell, '');
  assert.equal(quoted, false);
  return rows;
}

const begin = Date.UTC(2026, 2, 12, 8);
const input: CsvInput = {
  flow: { id: '1204588317730952', name: 'Table, "big"' },
  granularity: 'HOUR',
  series: {
    ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'HOUR', [
      [begin - hourMs, { value: 9 }],
      [begin, { value: 100 }],
      [begin + 2 * hourMs, { value: 3 }],
      [begin + 3 * hourMs, { value: 1 }],
    ]),
    ENDPOINT_REQUEST_ERROR: seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', [[begin, { timeout_error: 7, '=new()': 1 }]]),
    ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: seriesOf(
      'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
      'HOUR',
      hours(begin, [{ '1': 90, '10+': 2 }]),
    ),
    ENDPOINT_AVAILABILITY: seriesOf('ENDPOINT_AVAILABILITY', 'HOUR', hours(begin, [{ succeeded: 11, failed: 1 }])),
  },
  period: { begin, end: begin + 3 * hourMs },
  zone: metaZone,
  now: begin + 3.5 * hourMs,
};

describe('toCsv', () => {
  const rows = parseCsv(toCsv(input));
  const [header = [], ...lines] = rows;
  const column = (name: string): (string | undefined)[] => lines.map((line) => line[header.indexOf(name)]);

  it('ends with a meter’s milliseconds, empty where nothing was measured', () => {
    const milliseconds: MilliSeries = {
      granularity: 'HOUR',
      begins: Float64Array.of(begin - hourMs, begin + hourMs),
      p50: Float64Array.of(7, 12),
      p90: Float64Array.of(8, 34.5),
      p99: Float64Array.of(9, 56),
    };
    const measured = parseCsv(toCsv({ ...input, milliseconds }));
    assert.deepEqual(
      measured.map((cells) => cells.slice(0, -3)),
      rows,
    );
    assert.deepEqual(
      measured.map((cells) => cells.slice(-3)),
      [
        ['p50_milliseconds', 'p90_milliseconds', 'p99_milliseconds'],
        ['', '', ''],
        ['12', '34.5', '56'],
        ['', '', ''],
        ['', '', ''],
      ],
    );
  });

  it('has one line for each interval of the period, and the running one', () => {
    assert.deepEqual(column('begin'), [
      '2026-03-12T08:00:00+0000',
      '2026-03-12T09:00:00+0000',
      '2026-03-12T10:00:00+0000',
      '2026-03-12T11:00:00+0000',
    ]);
    assert.deepEqual(column('complete'), ['yes', 'yes', 'yes', 'no']);
    assert.deepEqual(column('flow_name'), new Array(4).fill('Table, "big"'));
    for (const line of rows) assert.equal(line.length, header.length);
  });

  it('ends with the days that were chosen, though more was answered', () => {
    const kept = parseCsv(toCsv({ ...input, keptUntil: begin + hourMs }));
    assert.deepEqual(
      kept.map((row) => row.at(-1)),
      ['kept', 'yes', 'no', 'no', 'no'],
      'which days are kept ones',
    );
    const cut = parseCsv(toCsv({ ...input, period: { begin, end: begin + hourMs }, shownUntil: begin + 2 * hourMs }));
    assert.deepEqual(cut, rows.slice(0, 2));
  });

  it('has all five metrics; unknown is empty and never zero', () => {
    assert.deepEqual(column('requests'), ['100', '', '3', '1']);
    assert.deepEqual(column('errors'), ['8', '', '0', '0']);
    assert.deepEqual(column('error_rate'), ['0.08', '', '0', '0']);
    assert.deepEqual(column('timeout_error'), ['7', '', '0', '0']);
    assert.deepEqual(column('latency_1'), ['90', '', '', '']);
    assert.deepEqual(column('latency_10+'), ['2', '', '', '']);
    assert.deepEqual(column('p90_seconds'), ['1', '', '', '']);
    assert.deepEqual(column('p99_seconds'), ['11', '', '', '']);
    assert.deepEqual(column('checks_failed'), ['1', '', '', '']);
    assert.deepEqual(column('availability'), ['0.916667', '', '', '']);
  });

  it('keeps unknown keys, harmless', () => {
    assert.ok(header.includes("'=new()"));
    assert.deepEqual(column("'=new()"), ['1', '', '0', '0']);
  });

  it('ends every line as the standard says', () => {
    assert.ok(toCsv(input).endsWith('\r\n'));
    assert.equal(toCsv({ ...input, series: {} }).split('\r\n').length, 2);
  });

  it('has one line for a lifetime', () => {
    const series = { ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'LIFETIME', [[begin, { value: 5 }]]) };
    const life = parseCsv(toCsv({ ...input, granularity: 'LIFETIME', series, period: { begin, end: input.now } }));
    assert.equal(life.length, 2);
    assert.equal(life[1]![header.indexOf('requests')], '5');
  });

  it('knows days of 23 hours', () => {
    const day = startOfDay('2026-03-08', metaZone);
    const series = { ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'DAY', [[day, { value: 5 }]]) };
    const csv = parseCsv(
      toCsv({ ...input, granularity: 'DAY', series, period: { begin: day, end: day + 23 * hourMs } }),
    );
    assert.deepEqual(csv[1]!.slice(3, 5), ['2026-03-08T08:00:00+0000', '2026-03-09T07:00:00+0000']);
  });
});

describe('csvCell', () => {
  const formula = /(^|[,;|"])\s*[=+\-@＝＋－＠]/;

  it('makes formulas harmless', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '＝1+1', '＠SUM(A1)']) {
      const [[cell] = []] = parseCsv(`${csvCell(text)}\r\n`);
      assert.equal(cell, `'${text}`);
    }
    for (const text of [' =1', '\t=1', '\r=1', '\u200b=1', '\u00a0=1', '\u0000=1']) assert.equal(csvCell(text), "'=1");
    assert.equal(csvCell('a=b'), 'a=b');
    assert.equal(csvCell(-1), '-1');
    assert.equal(csvCell(undefined), '');
  });

  it('makes them harmless behind whatever a spreadsheet may split at', () => {
    assert.equal(csvCell('a;=cmd'), `"a;'=cmd"`);
    assert.equal(csvCell('a|@cmd;＝x, -1'), `"a|'@cmd;'＝x,' -1"`);
    assert.equal(csvCell('a\t=cmd'), 'a =cmd');
    assert.equal(csvCell('a";=cmd'), `"a"";'=cmd"`);
  });

  it('holds nothing that is not seen, and no text without end', () => {
    assert.equal(csvCell('a\u001b[31m\u0007\u0000\u202eb\u200b'), 'a [31m b');
    assert.equal(csvCell('a\r\nb'), 'a b');
    assert.equal(csvCell('x'.repeat(1_000_000)).length, 200);
  });

  it('comes back whole from any text that can be seen', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', ',', ';', '|', '\r\n', '=', '\n', "'", 'a', ' ', '＝', '\t', '\u200b') }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(texts, { minLength: 1 }), { minLength: 1 }), (cells) => {
        const text = cells.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
        const back = parseCsv(text);
        const unquoted = (cell: string): string => cell.replaceAll("'", '');
        assert.deepEqual(
          back.map((line) => line.map(unquoted)),
          cells.map((line) => line.map((cell) => unquoted(visibleText(cell, 200)))),
        );
        for (const line of back) for (const cell of line) assert.doesNotMatch(cell, formula);
      }),
    );
  });
});

describe('A file of several flows', () => {
  const other: CsvInput = {
    ...input,
    flow: { id: '7', name: '=cmd()' },
    series: {
      ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'HOUR', [[begin, { value: 5 }]]),
      ENDPOINT_REQUEST_ERROR: seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', [[begin, { requests: 2 }]]),
    },
  };
  const flows = [
    { flow: input.flow, figures: input, notes: [] },
    { flow: other.flow, figures: other, notes: ['Not read: Latency.'] },
    { flow: { id: '8', name: 'Gone' }, notes: ['=No, "never"'] },
  ];

  it('has the lines of each as a file of its own has them, under the columns of all', () => {
    const [head = [], ...lines] = parseCsv(toCsvOfAll(flows, 'HOUR'));
    assert.equal(head.at(-1), 'note');
    for (const line of lines) assert.equal(line.length, head.length);
    const [alone = [], ...own] = parseCsv(toCsv(input));
    const shared = lines.slice(0, own.length).map((line) => alone.map((name) => line[head.indexOf(name)]));
    assert.deepEqual(shared, own);
    const rest = lines.slice(own.length).map((line) => [line[0], line[1], line[3] === '', line.at(-1)]);
    assert.deepEqual(rest, [
      ...new Array<unknown[]>(3).fill(['7', `'=cmd()`, false, '']),
      ['7', `'=cmd()`, true, 'Not read: Latency.'],
      ['8', 'Gone', true, `'=No, "never"`],
    ]);
  });

  it('is JSON with the same figures and names, and null for what is unknown', () => {
    const about = { account: 'Shop', granularity: 'HOUR', zone: metaZone, now: begin } as const;
    const { flows: written, ...heading } = JSON.parse(toJson(flows, about)) as {
      flows: { id: string; name: string; notes: string[]; intervals: Record<string, unknown>[] }[];
    };
    assert.deepEqual(heading, {
      ...{ format: 'flowmeter-export', version: 1, exported: '2026-03-12T08:00:00+0000' },
      ...{ account: 'Shop', granularity: 'HOUR', zone: metaZone },
    });
    const [alone = [], ...own] = parseCsv(toCsv(input));
    const { complete, ...first } = written[0]!.intervals[0]!;
    assert.equal(complete, true);
    for (const [key, value] of Object.entries(first)) {
      const cell = own[0]![alone.indexOf(key === '=new()' ? `'${key}` : key)];
      assert.equal(value === null ? '' : String(value), cell, key);
    }
    assert.equal(written[0]!.intervals[1]!.requests, null);
    assert.equal(written[0]!.intervals.at(-1)!.complete, false);
    // An error type of that name does not pass for the count of requests.
    assert.equal(written[1]!.intervals[0]!.requests, 5);
    assert.deepEqual(
      written.map(({ id, name, notes }) => [id, name, notes.length]),
      [
        [input.flow.id, 'Table, "big"', 0],
        ['7', '=cmd()', 1],
        ['8', 'Gone', 1],
      ],
    );
  });
});

describe('exportFileName', () => {
  it('is safe on every file system', () => {
    const day = '2026-03-12';
    const one = { from: day, to: day };
    assert.equal(
      exportFileName({ id: '1', name: 'Table booking' }, 'DAY', { from: '2026-02-11', to: day }, 'csv'),
      'table-booking-day-2026-02-11-to-2026-03-12.csv',
    );
    assert.equal(
      exportFileName({ id: '1', name: '../../etc/passwd' }, 'HOUR', one, 'csv'),
      `etc-passwd-hour-${day}.csv`,
    );
    assert.equal(exportFileName({ id: '17', name: '???' }, 'LIFETIME', one, 'csv'), `17-lifetime-${day}.csv`);
    assert.equal(exportFileName({ id: '1', name: 'Réservé 予約' }, 'DAY', one, 'csv'), `réservé-予約-day-${day}.csv`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const file = exportFileName({ id: '1', name }, 'DAY', one, 'csv');
        assert.match(file, /^[\p{L}\p{N}-]+-day-2026-03-12\.csv$/u);
        assert.ok(file.length < 150);
      }),
    );
  });
});

describe('curlCommand', () => {
  const query = { flowId: '12', metric: 'ENDPOINT_AVAILABILITY', granularity: 'DAY', since: '2026-03-01' } as const;

  it('holds the name of the token and never the token', () => {
    assert.equal(
      curlCommand('https://graph.facebook.com/', 'v26.0', query),
      `printf 'header = "Authorization: Bearer %s"' "$WHATSAPP_TOKEN" | curl -K - 'https://graph.facebook.com/v26.0/12?fields=metric.name(ENDPOINT_AVAILABILITY).granularity(DAY).since(2026-03-01)'`,
    );
  });

  it('quotes an address that would leave its quotes', () => {
    assert.ok(curlCommand("http://x/'; rm -rf ~ #", 'v26.0', query).includes(`'\\''`));
  });
});
