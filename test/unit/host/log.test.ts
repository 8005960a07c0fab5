/** The editor's output channel: what comes again and again is one line and a sum. */
import assert from 'node:assert/strict';
import { withoutDetails } from '../../../src/util/repeatedLines';
import type { Log } from '../../../src/host/app/log';
import { offerEditor } from '../../fixtures/bareEditor';

describe('The log of the editor', () => {
  let written: string[];
  let log: Log;
  let restore: () => void;

  beforeEach(async () => {
    written = [];
    const write = (level: string) => (text: string) => void written.push(`${level} ${text}`);
    const channel = { info: write('info'), warn: write('warn'), error: write('error'), dispose: () => undefined };
    restore = offerEditor(undefined, { window: { createOutputChannel: () => channel } });
    const { Log: Real } = await import('../../../src/host/app/log');
    log = new Real();
  });
  afterEach(() => restore());

  it('has one line and a sum of what comes again and again, on each of its levels', () => {
    log.hide('canary-token');
    const thrown = new Error('broken by canary-token');
    for (let i = 0; i < 2_000; i++) {
      log.warn('A dashboard sent a message that is not understood; it is left aside.');
      log.error(thrown);
      const note = `Meter: ${i} requests were refused: the URL of an endpoint leads back.`;
      log.info(note, withoutDetails(note));
      // Each of them is about another request.
      if (i < 3) log.info(`GET /flow ${i}: 200`);
    }
    assert.equal(written.length, 6);
    log.dispose();
    assert.equal(written.length, 9);
    const sums = written.slice(6).map((line) => line.split('\n')[0]);
    assert.deepEqual(
      sums.map((line) => line!.slice(0, 45)),
      [
        'info 1999 more like this before the end: Mete',
        'warn 1999 more like this before the end: A da',
        'error 1999 more like this before the end: Err',
      ],
    );
    assert.ok(!written.join().includes('canary-token'));
  });
});
