import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as ThirdPartyModule from '../../../scripts/thirdParty.mjs';

type Metafiles = Parameters<typeof ThirdPartyModule.thirdPartyNotices>[0];

/** At run time: bundled, it would no longer know where it lies. */
async function thirdParty(): Promise<typeof ThirdPartyModule> {
  const file = path.resolve('scripts', 'thirdParty.mjs');
  return (await import(pathToFileURL(file).href)) as typeof ThirdPartyModule;
}

const metafiles = (inputs: Readonly<Record<string, number>>): Metafiles => [
  {
    inputs: {},
    outputs: {
      'dist/one.js': {
        bytes: 1,
        imports: [],
        exports: [],
        inputs: Object.fromEntries(Object.entries(inputs).map(([file, bytesInOutput]) => [file, { bytesInOutput }])),
      },
    },
  },
];

describe('thirdPartyNotices', () => {
  let folder: string;

  before(async () => {
    await mkdir('out', { recursive: true });
    folder = path.relative('.', await mkdtemp(path.join('out', 'notices-')));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function install(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const place = path.join(folder, 'node_modules', name);
    await mkdir(place, { recursive: true });
    const manifest = JSON.stringify({ name, version: '1.2.3', license: 'MIT' });
    for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) {
      await writeFile(path.join(place, file), text);
    }
    return `${folder}/node_modules/${name}/index.js`.replaceAll(path.sep, '/');
  }

  it('holds each package of which a byte is in a bundle, with all its texts, in an order of its own', async () => {
    const { thirdPartyNotices } = await thirdParty();
    const second = await install('second', { 'LICENSE.md': 'second’s text\r\n', NOTICE: 'second’s notice' });
    const first = await install('@a/first', { 'licence.txt': 'first’s text' });
    const dropped = await install('dropped', { LICENSE: 'dropped’s text' });
    const text = await thirdPartyNotices(metafiles({ [second]: 5, [dropped]: 0, [first]: 1, 'src/own.ts': 9 }));
    const [, ...sections] = text.split(`\n${'='.repeat(80)}\n\n`);
    assert.deepEqual(sections, [
      '@a/first 1.2.3 (MIT), in one.js\n\nfirst’s text\n',
      'second 1.2.3 (MIT), in one.js\n\nsecond’s text\n\nsecond’s notice\n',
    ]);
    assert.equal(await thirdPartyNotices(metafiles({ [first]: 1, [second]: 5 })), text);
  });

  it('fails where a package comes without a licence text', async () => {
    const { thirdPartyNotices } = await thirdParty();
    const bare = await install('bare', { 'README.md': 'Free for all.' });
    await assert.rejects(thirdPartyNotices(metafiles({ [bare]: 1 })), /^Error: bare is bundled without a licence file/);
  });
});
