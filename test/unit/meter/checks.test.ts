/** The meter's availability checks: signed as long as there is a secret to sign them with. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signatureHeader } from '../../../src/contract/endpoint';
import type { MeterEvent } from '../../../src/contract/event';
import { Checks } from '../../../src/meter/checks';
import { Checker, type CheckedFlow } from '../../../src/recorder/checker';
import { isSigned, startSampleEndpoint, type SampleEndpoint } from '../../fixtures/sampleEndpoint';
import { MeterFixture, until } from './meterFixture';

const id = '1204588317730952';
const appSecret = '0123456789abcdef0123456789abcdef';

describe('The meter’s checks', () => {
  let endpoint: SampleEndpoint;
  let folder: string;
  let checks: Checks;
  let checker: Checker;
  let events: MeterEvent[];
  let onEvent: () => void;

  beforeEach(async () => {
    endpoint = await startSampleEndpoint({ appSecret });
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-checks-'));
    events = [];
    onEvent = () => undefined;
    const push = (event: MeterEvent): void => {
      events.push(event);
      onEvent();
    };
    checks = new Checks((options) => {
      checker = new Checker({ ...options, sink: { push, losses: 0 }, intervalMs: 10 });
      return checker;
    });
  });

  afterEach(async () => {
    checker.close();
    await endpoint.close();
    await rm(folder, { recursive: true });
  });

  async function checkedAs(outcome: MeterEvent['outcome']): Promise<void> {
    events.length = 0;
    await new Promise<void>((resolve) => {
      onEvent = () => {
        if (events.at(-1)!.outcome === outcome) resolve();
      };
    });
  }

  function isSignedWell(): boolean {
    const { body, headers } = endpoint.seen.at(-1)!;
    return isSigned(body, headers[signatureHeader], appSecret);
  }

  it('are signed with the secret from its coming on, and no more once it is forgotten', async () => {
    const publicKeyFile = path.join(folder, 'public.pem');
    await writeFile(publicKeyFile, endpoint.publicPem);
    await checks.setFlows([{ id, upstream: `${endpoint.url}/flow`, publicKeyFile }]);
    checks.takeSecrets({});
    await checkedAs('check_failed');
    assert.ok(!isSignedWell());
    checks.takeSecrets({ [id]: appSecret });
    await checkedAs('check_succeeded');
    assert.ok(isSignedWell());
    checks.takeSecrets({ [id]: '' });
    await checkedAs('check_failed');
    assert.ok(!isSignedWell());
  });

  it('wait for the secrets, so that the first one is signed', async () => {
    const publicKeyFile = path.join(folder, 'public.pem');
    await writeFile(publicKeyFile, endpoint.publicPem);
    const begun = new Array<readonly CheckedFlow[]>();
    const held = new Checks(() => ({ setFlows: (flows) => void begun.push(flows) }));
    await held.setFlows([{ id, upstream: `${endpoint.url}/flow`, publicKeyFile }]);
    assert.equal(begun.length, 0);
    held.takeSecrets({ [id]: appSecret });
    assert.deepEqual(
      begun.flatMap((flows: readonly CheckedFlow[]) => flows.map((flow) => flow.appSecret)),
      [appSecret],
    );
    held.close();
  });

  it('begin without secrets where none come in time, and never after their end', async () => {
    const publicKeyFile = path.join(folder, 'public.pem');
    await writeFile(publicKeyFile, endpoint.publicPem);
    const flows = [{ id, upstream: `${endpoint.url}/flow`, publicKeyFile }];
    let late: Checks | undefined;
    await new Promise<void>((resolve) => {
      late = new Checks(() => ({ setFlows: ({ length }) => void (length === 1 && resolve()) }), 1);
      void late.setFlows(flows);
    });
    late?.close();
    const counted: number[] = [];
    const record = { setFlows: (those: readonly unknown[]) => void counted.push(those.length) };
    const ended = new Checks(() => record, 1);
    ended.close();
    await ended.setFlows(flows);
    ended.takeSecrets({ [id]: appSecret });
    assert.deepEqual(counted, []);
  });

  it('begin where a window has no secrets at all', async () => {
    const publicKeyFile = path.join(folder, 'public.pem');
    await writeFile(publicKeyFile, endpoint.publicPem);
    const fixture = await MeterFixture.open([{ id, upstream: `${endpoint.url}/flow`, publicKeyFile }]);
    try {
      const env = { ...process.env, FLOWMETER_METER_CHECK_MS: '50' };
      fixture.supervisor({ env, secrets: async () => Promise.resolve({ appSecrets: {} }) }).start();
      await until('a check came', () => endpoint.seen.length > 0);
    } finally {
      await fixture.close();
    }
  });

  it('follow the flows that were set last, however long their keys took to be read', async () => {
    const publicKeyFile = path.join(folder, 'public.pem');
    await writeFile(publicKeyFile, endpoint.publicPem);
    const upstream = `${endpoint.url}/flow`;
    // Read one after the other, they take far longer than a single one that is not there.
    let read = false;
    const many = Array.from({ length: 300 }, (_, i) => ({ id: String(i + 10), upstream, publicKeyFile }));
    const before = checks.setFlows(many).then(() => (read = true));
    await checks.setFlows([{ id: '2', upstream, publicKeyFile: path.join(folder, 'missing.pem') }]);
    assert.equal(read, false);
    await before;
    assert.match(checks.problems.join(), /^Flow 2 is not checked: /);
  });

  it('name a key that cannot be read, and go on without that flow', async () => {
    const publicKeyFile = path.join(folder, 'missing.pem');
    await checks.setFlows([{ id, upstream: `${endpoint.url}/flow`, publicKeyFile }]);
    assert.deepEqual(checks.problems, [`Flow ${id} is not checked: ${publicKeyFile} cannot be read.`]);
  });
});
