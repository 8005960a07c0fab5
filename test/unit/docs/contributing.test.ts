import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

async function sectionOf(title: string): Promise<string> {
  const text = await readFile('CONTRIBUTING.md', 'utf8');
  const section = new RegExp(`\\n## ${title}\\n([\\s\\S]*?)(\\n## |$)`).exec(text)?.[1];
  assert.ok(section, `there is a section “${title}”`);
  return section;
}

/** A file, or each name after it in parentheses: `src/a.ts` (`one`, `Two.three`). */
const mention = /`([\w.-]+(?:\/[\w.@-]+)*\/?)`(?:\s\(((?:`[^`]+`(?:,\s)?)+)\))?/g;

/** Fails where a file that the text names is not there, or does not declare what the text says is in it. */
async function checkMentions(text: string): Promise<number> {
  let files = 0;
  for (const [, file = '', list = ''] of text.matchAll(mention)) {
    if (!/[/.]/.test(file)) continue;
    assert.ok(existsSync(file), `“${file}” is there`);
    files++;
    const source = file.endsWith('.ts') ? await readFile(file, 'utf8') : '';
    for (const [, name = ''] of list.matchAll(/`([^`]+)`/g)) {
      for (const part of name.split('.')) {
        assert.match(source, new RegExp(`\\b${part}\\b`), `“${file}” holds “${part}” of “${name}”`);
      }
    }
  }
  return files;
}

describe('CONTRIBUTING.md', () => {
  it('says what is touched for each kind of change, in files that are there', async () => {
    const rows = (await sectionOf('Where to change what')).split('\n').filter((line) => /^\| [^-|]/.test(line));
    const kinds = rows.slice(1).map((row) => row.split('|')[1]!.trim());
    assert.deepEqual(kinds, [
      'a metric',
      'a command',
      'a setting',
      'a chart',
      'a store engine',
      'a CLI command',
      'a language',
    ]);
    for (const row of rows.slice(1)) assert.ok((await checkMentions(row)) > 0, row);
  });

  it('follows four journeys through functions that are there', async () => {
    const journeys = (await sectionOf('Four journeys'))
      .trim()
      .split('\n\n')
      .filter((paragraph) => paragraph.startsWith('**'));
    assert.equal(journeys.length, 4);
    for (const journey of journeys) assert.ok((await checkMentions(journey)) >= 4, journey);
  });

  it('has a line for each room', async () => {
    const map = await sectionOf('The rooms');
    const rooms = (await readdir('src', { withFileTypes: true })).filter((entry) => entry.isDirectory());
    for (const { name } of rooms) assert.match(map, new RegExp(`\\n +${name}/ `), `the map has ${name}/`);
    for (const folder of ['webview', 'media', 'scripts', 'test']) {
      assert.ok(existsSync(path.join('.', folder)) && map.includes(`\n    ${folder}/`), `the map has ${folder}/`);
    }
  });
});
