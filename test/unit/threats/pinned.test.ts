/** What is fetched to build and test is named by its digest, so that nobody can put another thing in its place. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../../../..');

interface Lock {
  readonly packages: Readonly<Record<string, { integrity?: string }>>;
}

describe('What is fetched to build and test', () => {
  it('is held by digests', () => {
    for (const file of ['package-lock.json', 'scripts/editor/package-lock.json']) {
      const { packages } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Lock;
      const without = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && !integrity);
      assert.deepEqual(without, [], file);
    }
  });

  it('is all that is fetched: no package runs a script as it is installed', () => {
    for (const file of ['scripts/run.mjs', 'scripts/editor/install.ts', '.github/workflows/ci.yml']) {
      const installs = [...readFileSync(join(root, file), 'utf8').matchAll(/.*(?:npm ci|\['ci'|\['install').*/g)];
      assert.ok(installs.length > 0, file);
      for (const [line] of installs) assert.match(line, /--ignore-scripts/);
    }
  });

  it('names the actions of hosted workflows by their commits', () => {
    const folder = join(root, '.github/workflows');
    const uses = readdirSync(folder).flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/uses: *(\S+)/g)].map(([, action]) => action!),
    );
    assert.ok(uses.length > 0);
    assert.deepEqual(
      uses.filter((action) => !/@[0-9a-f]{40}$/.test(action)),
      [],
    );
  });
});
