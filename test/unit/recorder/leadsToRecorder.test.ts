import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { leadsToRecorder } from '../../../src/recorder/recorderFlow';

describe('the URL of an endpoint leads back to the recorder', () => {
  const lan = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

  for (const url of [
    'http://127.0.0.1:8700/1',
    'http://localhost:8700/',
    'http://LOCALHOST.:8700/',
    'http://app.localhost:8700/',
    'http://0.0.0.0:8700/1',
    'http://0:8700/',
    'http://127.0.0.2:8700/',
    'http://127.255.1.1:8700/',
    'http://2130706433:8700/',
    'http://[::1]:8700/',
    'http://[::]:8700/',
    'http://[::ffff:127.0.0.1]:8700/',
    'http://[::ffff:0.0.0.0]:8700/',
    'http://[0:0:0:0:0:ffff:7f00:2]:8700/',
    'https://127.0.0.1:8700/',
  ]) {
    it(`with ${url}`, () => assert.equal(leadsToRecorder(url, 8700), true));
  }

  it('under an address of the network where it listens on that, and else not', function () {
    if (lan === undefined) return this.skip();
    const url = `http://${lan}:8700/`;
    assert.deepEqual(
      ['0.0.0.0', '::', lan, '127.0.0.1'].map((host) => leadsToRecorder(url, 8700, host)),
      [true, true, true, false],
    );
  });

  for (const url of [
    'http://127.0.0.1:8701/',
    'http://10.1.2.3:8700/',
    'http://example.com:8700/',
    'http://[::2]:8700/',
  ]) {
    it(`but not with ${url}`, () => assert.equal(leadsToRecorder(url, 8700), false));
  }
});
