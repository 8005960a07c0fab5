// Before npm pack: makes package.json what a Node program needs of it. With --restore, after it: puts it back.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './root.ts';

const manifestFile = path.join(ROOT, 'package.json');
const savedFile = path.join(ROOT, 'out', 'package.json.saved');
/** Keys that npm and Node read. The others are the editor's, or a clone's: its tools, and the Node that they run under. */
const packedKeys = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'bin',
  'exports',
  'typesVersions',
  'engines',
];

if (process.argv.includes('--restore')) {
  await writeFile(manifestFile, await readFile(savedFile));
  await rm(savedFile);
} else {
  const text = await readWholeManifest();
  await mkdir(path.dirname(savedFile), { recursive: true });
  await writeFile(savedFile, text);
  const manifest = JSON.parse(text);
  const packed = Object.fromEntries(packedKeys.filter((key) => key in manifest).map((key) => [key, manifest[key]]));
  // The editor translates placeholders; npm shows them as they are.
  const texts = JSON.parse(await readFile(path.join(ROOT, 'package.nls.json'), 'utf8'));
  packed.description = texts[manifest.description.replaceAll('%', '')];
  packed.engines = { node: manifest.engines.node };
  await writeFile(manifestFile, `${JSON.stringify(packed, null, 2)}\n`);
}

/** The manifest as it stands in a clone, even where an earlier pack was interrupted before it put it back. */
async function readWholeManifest(): Promise<string> {
  const text = await readFile(manifestFile, 'utf8');
  return 'contributes' in JSON.parse(text) ? text : readFile(savedFile, 'utf8');
}
