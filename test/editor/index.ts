/** Runs in the extension host: mocha over the tests beside this file, with the counts in FLOWMETER_TEST_RESULT. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { rounds } from '../fixtures/soak';

/** Rejects where a test failed, which ends the editor with a code other than 0. */
export async function run(): Promise<void> {
  const root = path.resolve(__dirname, '../../..');
  const mocha = new Mocha({
    ui: 'bdd',
    color: true,
    forbidOnly: true,
    timeout: rounds(60_000, 900_000),
    reporter: path.join(root, 'scripts', 'mochaReporter.cjs'),
  });
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith('.test.js')) mocha.addFile(path.join(__dirname, file));
  }
  const failures = await new Promise<number>((done) => mocha.run(done));
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
