// The licences of what others wrote and the bundles hold, from esbuild's own account of what went into them.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice)/i;

/** Of packages without a licence file: where the text stands that their authors gave, and what surrounds it there. */
const TEXT_ELSEWHERE = /** @type {Readonly<Record<string, { file: string, from?: string, to?: string }>>} */ ({
  'data-uri-to-buffer': { file: 'data-uri-to-buffer/README.md', from: '(The MIT License)', to: '[rfc]:' },
  // Of the same authors and under the same licence, which the toolkit made of them brings along.
  '@microsoft/fast-element': { file: '@vscode/webview-ui-toolkit/LICENSE' },
  '@microsoft/fast-foundation': { file: '@vscode/webview-ui-toolkit/LICENSE' },
  '@microsoft/fast-web-utilities': { file: '@vscode/webview-ui-toolkit/LICENSE' },
});

/**
 * The folders of the packages of which at least a byte is in a bundle, each with the names of those bundles.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @returns {Map<string, Set<string>>}
 */
export function bundledPackages(metafiles) {
  /** @type {Map<string, Set<string>>} */
  const packages = new Map();
  for (const { outputs } of metafiles) {
    for (const [bundle, { inputs }] of Object.entries(outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = /^(?:.*[\\/])?node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(input)?.[0];
        if (folder === undefined || bytesInOutput === 0) continue;
        const known = packages.get(folder) ?? new Set();
        packages.set(folder, known.add(path.posix.basename(bundle)));
      }
    }
  }
  return packages;
}

/**
 * One text for all bundles. The same packages give the same bytes. Throws where a package comes without a licence text.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @returns {Promise<string>}
 */
export async function thirdPartyNotices(metafiles) {
  const entries = await Promise.all([...bundledPackages(metafiles)].map(entryOf));
  const head = 'Flowmeter holds the following works of others. Each stands under the licence that follows its name.\n';
  return [head, ...entries.sort((a, b) => (a < b ? -1 : 1))].join(`\n${'='.repeat(80)}\n\n`);
}

/** @param {[folder: string, bundles: Set<string>]} found */
async function entryOf([folder, bundles]) {
  const place = path.join(root, folder);
  const { name, version, license } = JSON.parse(await readFile(path.join(place, 'package.json'), 'utf8'));
  const files = (await readdir(place)).filter((file) => LICENCE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(place, file), 'utf8')));
  if (texts.length === 0) texts.push(await textElsewhere(name));
  const plain = texts.map((text) => text.replaceAll('\r\n', '\n').trim());
  return `${name} ${version} (${license}), in ${[...bundles].sort().join(', ')}\n\n${plain.join('\n\n')}\n`;
}

/** @param {string} name */
async function textElsewhere(name) {
  const place = TEXT_ELSEWHERE[name];
  if (!place)
    throw new Error(`${name} is bundled without a licence file: say in scripts/thirdParty.mjs where its text is.`);
  const text = await readFile(path.join(root, 'node_modules', place.file), 'utf8');
  const [begin, end] = [text.indexOf(place.from ?? ''), place.to === undefined ? text.length : text.indexOf(place.to)];
  if (begin < 0 || end <= begin) throw new Error(`${place.file} no longer holds the licence text of ${name}.`);
  return text.slice(begin, end);
}
