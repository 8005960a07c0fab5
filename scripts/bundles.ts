import { rm } from 'node:fs/promises';
import path from 'node:path';
import { runNode } from './childProcess.ts';
import { ROOT } from './root.ts';

/** Builds bundles with each of these options of esbuild.mjs. A bundle whose source is gone must not stay behind. */
export async function buildBundles(...kinds: readonly ('--production' | '--tests' | '--bench')[]): Promise<void> {
  for (const kind of kinds) {
    const folder = path.join(ROOT, kind === '--production' ? 'dist' : 'out/test');
    await rm(folder, { recursive: true, force: true });
    if ((await runNode(['esbuild.mjs', kind])) !== 0) throw new Error(`esbuild.mjs ${kind} failed.`);
  }
}
