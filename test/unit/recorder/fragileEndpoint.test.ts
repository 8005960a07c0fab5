import assert from 'node:assert/strict';
import { Checker } from '../../../src/recorder/checker';
import { pingEndpoint } from '../../../src/recorder/ping/pingEndpoint';
import { startFragileEndpoint, type FragileEndpoint } from '../../fixtures/fragileEndpoint';
import { newKeys } from '../../fixtures/sampleEndpoint';
import { KeepingSink } from './stage';

const { publicKey, privateKey } = newKeys();
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const refused = 'Signature refused (HTTP 432): give the app secret.';

describe('an endpoint that ends on unsigned requests', () => {
  let endpoint: FragileEndpoint;
  beforeEach(async () => {
    endpoint = await startFragileEndpoint(privatePem, 'its app secret');
  });
  afterEach(() => endpoint.close());

  /** It still answers, and well. */
  const lives = async (): Promise<void> => {
    const { failure } = await pingEndpoint({ url: endpoint.url, publicKey, appSecret: 'its app secret' });
    assert.equal(failure, undefined);
    assert.equal(endpoint.ended, undefined);
  };

  it('ends as soon as one comes', async () => {
    const body = JSON.stringify({ encrypted_flow_data: '', encrypted_aes_key: '', initial_vector: '' });
    const headers = { 'content-type': 'application/json' };
    await assert.rejects(fetch(endpoint.url, { method: 'POST', headers, body }));
    await endpoint.untilEnded();
    assert.match(endpoint.ended!, /TypeError/);
  });

  it('lives through pings without the app secret, which tell what is missing', async () => {
    for (let i = 0; i < 3; i++) {
      const { failure } = await pingEndpoint({ url: endpoint.url, publicKey });
      assert.equal(failure?.text, refused);
    }
    await lives();
  });

  it('lives through pings with another app secret', async () => {
    const { failure } = await pingEndpoint({ url: endpoint.url, publicKey, appSecret: 'another' });
    assert.match(failure!.text, /432.*not the one/);
    await lives();
  });

  it('lives through availability checks without the app secret', async () => {
    const sink = new KeepingSink();
    const checker = new Checker({ flows: [{ id: '1', upstream: endpoint.url, publicKey }], sink, intervalMs: 20 });
    await sink.count(3);
    checker.close();
    for (const { outcome, reason } of sink.events) assert.deepEqual([outcome, reason], ['check_failed', refused]);
    await lives();
  });

  it('is active without the app secret where it does not look at signatures', async () => {
    const open = await startFragileEndpoint(privatePem);
    const { failure } = await pingEndpoint({ url: open.url, publicKey });
    assert.equal(failure, undefined);
    await open.close();
  });
});
