import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  defaultMeterSettings,
  MeterSettingsError,
  parseMeterSettings,
  readMeterSettings,
  writeMeterSettings,
  type MeterSettings,
} from '../../../src/meter/settings';

const flow = { id: '42', upstream: 'http://127.0.0.1:3000/flow' };
const whole: MeterSettings = {
  port: 8701,
  zone: 'Europe/Berlin',
  flows: [{ ...flow, name: 'Table booking', publicKeyFile: '/keys/42.pem' }],
};

describe('The settings of the meter', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-settings-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('are the default ones where there are none, and read as they were written', async () => {
    assert.deepEqual(await readMeterSettings(folder), defaultMeterSettings);
    await writeMeterSettings(folder, whole);
    assert.deepEqual(await readMeterSettings(folder), whole);
    assert.deepEqual(await readdir(folder), ['meter.json'], 'no draft is left');
  });

  it('name the file where it is no JSON', async () => {
    await writeFile(path.join(folder, 'meter.json'), '{');
    await assert.rejects(
      readMeterSettings(folder),
      (error) => error instanceof MeterSettingsError && /meter\.json is not JSON/.test(error.message),
    );
  });

  const refused: readonly (readonly [unknown, RegExp])[] = [
    [[], /must be an object/],
    [{ port: 0 }, /"port" must be a whole number from 1 to 65535/],
    [{ port: '8700' }, /"port"/],
    [{ zone: 'Mars' }, /"zone" must be a time zone/],
    [{ flows: {} }, /"flows" must be a list/],
    [{ flows: [{ ...flow, id: '../x' }] }, /^flow 1: "id" must be a text of 1 to 20 digits/],
    [{ flows: [flow, flow] }, /^flow 2: the id 42 is there twice/],
    [{ flows: [{ id: '42' }] }, /"upstream" must be a URL/],
    [{ flows: [{ id: '42', upstream: 'http://user:secret@host/' }] }, /user name or password/],
    [{ flows: [{ ...flow, name: '' }] }, /"name" must be/],
    [{ flows: [{ ...flow, publicKeyFile: 1 }] }, /"publicKeyFile"/],
  ];
  for (const [json, problem] of refused) {
    it(`refuse ${JSON.stringify(json)}`, () => {
      const parsed = parseMeterSettings(json);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, problem);
      assert.ok(!parsed.problem.includes('secret'));
    });
  }

  it('are settings or one sentence, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const parsed = parseMeterSettings(json);
        assert.ok(parsed.ok ? parsed.value.port > 0 : parsed.problem.length > 0);
      }),
    );
  });
});
