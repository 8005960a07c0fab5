/** Long texts that are made to hold a reader up: each costs time in proportion to its length, and not more. */
import assert from 'node:assert/strict';
import { parseAccounts } from '../../../src/host/storage/accountSettings';
import { parseBaseUrl } from '../../../src/contract/baseUrl';
import { isCalendarDate } from '../../../src/contract/calendar';
import { isGraphId } from '../../../src/contract/flow';
import { parsePanelIntent } from '../../../src/presentation/panelProtocol';
import { parseFields } from '../../../src/contract/fieldList';
import { matchRoute } from '../../../src/contract/routes';
import { parseServerInfo } from '../../../src/contract/serverInfo';
import { parseErrorBody } from '../../../src/contract/errorWire';
import { readRetryAfter, readUsage } from '../../../src/client/budget';
import { withoutToken } from '../../../src/client/token';
import { isPrintableWord } from '../../../src/util/printableWord';
import { commandLink, escapeMarkdown, plainName } from '../../../src/presentation/escape';
import { csvCell } from '../../../src/presentation/export';
import { exportFileName } from '../../../src/presentation/fileNames';
import { Redaction } from '../../../src/host/util/redaction';
import { endToEndHeaders } from '../../../src/recorder/forwardedHeaders';
import { announcedTrailers, forwardableTrailers } from '../../../src/recorder/trailers';
import { parseAnswerForm } from '../../../src/recorder/ping/answerForm';
import { parsePublicKey } from '../../../src/recorder/ping/publicKey';
import { guard } from '../../../src/server/guards';
import { parsePanelView } from '../../../src/domain/view';
import { parseTimestamp } from '../../../src/contract/timestamp';
import { parseFlow } from '../../../src/contract/flowWire';
import { parseMetricAnswer } from '../../../src/contract/metricWire';

const length = 50_000;
/** Texts of that length out of pieces that begin like what is looked for, and then end otherwise. */
const texts: readonly string[] = [
  ...[' ', '\t', '\n', '0', '9', 'a', 'A', '-', '.', '/', '\\', '(', ')', '$(', '"', "'", ',', '=', '%', '\u202e'],
  ...['Bearer ', 'Bearer', 'EAA', 'EAAaaaaaaaaaaaaaaaaaaa!', 'access_token=', 'access_token= ', 'token', '&', '; '],
  ...['metric.name(', '.name(A)', 'a.b(c)', 'a,', '2026-01-01', '2026-01-01T', '+0000', 'v26.0/', '/v26.0', 'https://'],
  ...['a.', 'a-', '-a', '[', ']', '](', '<', '&lt;', '\u200d', 'é', '😀', '1e', '=1+', ' =', '🏳️‍🌈'],
].map((piece) => piece.repeat(Math.ceil(length / piece.length)));
const inputs = texts.flatMap((text) => [text, `x${text}`, `${text}!`, `https://${text}`, `/v26.0/${text}`]);

const query = { flowId: '1', metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY' } as const;
const guards = { allowedHosts: new Set(['127.0.0.1:1']), token: 'x' };

/** Everything that reads text from outside. What it throws is its answer. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  parseBaseUrl,
  isCalendarDate,
  isGraphId,
  parseTimestamp,
  parseFields,
  isPrintableWord,
  plainName,
  escapeMarkdown,
  csvCell,
  csvFileName: (text) =>
    exportFileName({ id: '1', name: text }, 'DAY', { from: '2026-03-12', to: '2026-03-12' }, 'csv'),
  commandLink: (text) => commandLink('x', text),
  matchRoute: (text) => matchRoute('GET', text),
  withoutToken: (text) => withoutToken(text, 'EAAaaaaaaaaaaaaaaaaaaaaaaaa'),
  redaction: (text) => {
    const redaction = new Redaction();
    redaction.hide('EAAaaaaaaaaaaaaaaaaaaaaaaaa');
    return redaction.clean(text);
  },
  accounts: (text) => parseAccounts([{ name: text, source: text, baseUrl: text, apiVersion: text, flowIds: [text] }]),
  panelView: (text) => parsePanelView({ granularity: 'DAY', range: 'custom', from: text, to: text }),
  panelIntent: (text) => parsePanelIntent({ type: text, name: text }),
  metricValue: (text) =>
    parseMetricAnswer({ metric: { data_points: [{ timestamp: text, data: [{ key: text, value: text }] }] } }, query),
  metricPoint: (text) =>
    parseMetricAnswer(
      { metric: { data_points: [{ timestamp: '2026-01-01T08:00:00+0000', data: [{ key: text, value: text }] }] } },
      query,
    ),
  flow: (text) => parseFlow({ id: '1', name: text, status: text, data_api_version: text, endpoint_uri: text }),
  error: (text) => parseErrorBody({ error: { message: text, code: 100, type: text, fbtrace_id: text } }),
  serverInfo: (text) => parseServerInfo({ version: text, zone: text, store: text, minRequests: 1 }),
  usage: (text) => readUsage(() => text),
  retryAfter: (text) => readRetryAfter(text, 0),
  publicKey: parsePublicKey,
  publicKeyInside: (text) => parsePublicKey(`-----BEGIN PUBLIC KEY-----${text}`),
  pingAnswer: (text) => parseAnswerForm(Buffer.from(text), () => undefined),
  pingAnswerInQuotes: (text) => parseAnswerForm(Buffer.from(JSON.stringify({ answer: text })), () => undefined),
  guardToken: (text) =>
    guard({ method: 'GET', url: '/', rawHeaders: ['Host', '127.0.0.1:1', 'Authorization', text] }, guards),
};

describe('Texts of 50 kB that are made to hold a reader up', () => {
  for (const [name, read] of Object.entries(readers)) {
    it(`do not hold up ${name}`, () => {
      for (const text of inputs) {
        const took = fastest(() => {
          try {
            read(text);
          } catch {
            // That it was refused is as good as that it was read.
          }
        });
        // In proportion it takes a few milliseconds, by the square of its length seconds.
        assert.ok(took < 250, `${took} ms for ${JSON.stringify(text.slice(0, 40))}`);
      }
    });
  }
});

describe('Heads of 240 kB that are made to hold a reader up', () => {
  const names = Array.from({ length: 60_000 }, () => 'a').join(',');
  const rawHeaders = Array.from({ length: 30_000 }, () => ['b', '']).flat();

  for (const [name, read] of Object.entries({
    endToEndHeaders: () => endToEndHeaders(rawHeaders, names, new Set()),
    trailersOnward: () => forwardableTrailers(rawHeaders, names),
    announcedTrailers: () => announcedTrailers(names.replaceAll('a', 'b'), names),
  })) {
    it(`do not hold up ${name}`, () => {
      const took = fastest(read);
      assert.ok(took < 250, `${took} ms`);
    });
  }
});

/** Time of the fastest of up to three attempts, in milliseconds: the others were held up by the machine. */
function fastest(act: () => void): number {
  let best = Infinity;
  for (let attempt = 0; attempt < 3 && best > 100; attempt++) {
    const begun = performance.now();
    act();
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}
