// npm run test:desktop: the in-editor tests in a desktop VS Code that @vscode/test-electron downloads (needs open internet).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { ROOT } from './root.ts';

const work = await mkdtemp(path.join(tmpdir(), 'flowmeter-desktop-'));
const resultFile = path.join(work, 'result.json');
try {
  await runTests({
    version: process.env.FLOWMETER_VSCODE_VERSION ?? 'stable',
    extensionDevelopmentPath: ROOT,
    extensionTestsPath: path.join(ROOT, 'out/test/editor/index.js'),
    extensionTestsEnv: { FLOWMETER_TEST_RESULT: resultFile },
    launchArgs: ['--user-data-dir', path.join(work, 'user'), '--disable-extensions', '--disable-workspace-trust'],
  });
  const { passed, failed } = JSON.parse(await readFile(resultFile, 'utf8'));
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} catch (error) {
  console.error(`The desktop tests did not run: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await rm(work, { recursive: true, force: true });
}
