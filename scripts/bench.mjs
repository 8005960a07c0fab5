// npm run bench [-- --quick] [-- --only GROUP,GROUP]: measures Flowmeter beside what a user would otherwise have.
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { runShown } from './run.mjs';
import { ensureInstalled } from './setup.mjs';

await ensureInstalled();
for (const kind of ['--production', '--bench']) {
  if ((await runShown(process.execPath, ['esbuild.mjs', kind], { cwd: ROOT })) !== 0) {
    process.exit(1);
  }
}
const bench = join(ROOT, 'out', 'test', 'bench', 'bench.js');
process.exitCode = await runShown(process.execPath, [bench, ...process.argv.slice(2)], { cwd: ROOT });
