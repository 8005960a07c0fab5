import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

describe('SECURITY.md', () => {
  it('names, for each of 22 threats, a defence and tests that exist', async () => {
    const text = await readFile('SECURITY.md', 'utf8');
    const rows = text.split('\n').filter((line) => /^\| \d+ /.test(line));
    assert.equal(rows.length, 22);
    for (const [i, row] of rows.entries()) {
      const [number, threat, defence, tests = ''] = row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1);
      assert.equal(number, String(i + 1));
      assert.ok(threat && defence, row);
      const named = [...tests.matchAll(/`([^`]+)` “([^”]+)”/g)];
      assert.ok(named.length > 0, `${threat} has a test`);
      for (const [, file, title] of named) {
        const source = await readFile(`test/${file}.test.ts`, 'utf8');
        assert.ok(source.includes(title!), `${file} has no test “${title}”`);
      }
    }
  });

  it('promises ten things', async () => {
    const promise = /## The promise\n\n([\s\S]*?)\n\n##/.exec(await readFile('SECURITY.md', 'utf8'))?.[1] ?? '';
    assert.equal(promise.match(/^\d+\. /gm)?.length, 10);
  });
});
