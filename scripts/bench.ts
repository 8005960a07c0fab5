// npm run bench [-- --quick] [-- --only GROUP,GROUP]: measures Flowmeter beside what a user would otherwise have.
import { buildBundles } from './bundles.ts';
import { runNode } from './childProcess.ts';

await buildBundles('--production', '--bench');
process.exitCode = await runNode(['out/test/bench/bench.js', ...process.argv.slice(2)]);
