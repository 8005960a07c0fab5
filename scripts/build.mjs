// npm run build: what the product needs in dist, from a fresh clone too.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { runShown } from './run.mjs';
import { ensureInstalled } from './setup.mjs';

await ensureInstalled();
// A bundle whose source is gone must not stay behind.
await rm(join(ROOT, 'dist'), { recursive: true, force: true });
process.exitCode = await runShown(process.execPath, ['esbuild.mjs', '--production'], { cwd: ROOT });
