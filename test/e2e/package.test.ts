/** What is shipped: exactly these files, with nothing in them that makes code of text or talks to strangers. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json';
import { assertNotices } from '../fixtures/bundledPackages';
import { readZip } from '../fixtures/zip';

/** Each bundle is named here on purpose: what nobody named is not shipped. */
const expected = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/LICENSE.txt',
  'extension/SECURITY.md',
  'extension/THIRD-PARTY-NOTICES.txt',
  'extension/changelog.md',
  'extension/dist/answerCacheFiles.js',
  'extension/dist/commandTable.js',
  'extension/dist/dashboardPanel.js',
  'extension/dist/embedded.js',
  'extension/dist/extension.js',
  'extension/dist/flowmeter.js',
  'extension/dist/formerSecrets.js',
  'extension/dist/history.js',
  'extension/dist/httpClient.js',
  'extension/dist/keptMarks.js',
  'extension/dist/levelNotices.js',
  'extension/dist/meter.js',
  'extension/dist/meterSupervisor.js',
  'extension/dist/meterWorker.js',
  'extension/dist/overviewPanel.js',
  'extension/dist/parts.js',
  'extension/dist/viewTexts.js',
  'extension/dist/webview/dashboard.js',
  'extension/dist/webview/style.css',
  'extension/media/activity-bar.svg',
  'extension/media/dashboard-dark.svg',
  'extension/media/dashboard-light.svg',
  'extension/media/icon.png',
  'extension/media/walkthrough/connect.svg',
  'extension/media/walkthrough/demo.svg',
  'extension/media/walkthrough/measure.svg',
  'extension/media/walkthrough/verdict.svg',
  'extension/package.json',
  'extension/package.nls.json',
  'extension/readme.md',
];

/** Hosts that may stand in a bundle: Meta's API and the pages of Meta that the wizard links to, name spaces, hints in libraries, this computer, and examples. */
const knownHosts = [
  ...['graph.facebook.com', 'business.facebook.com', 'developers.facebook.com'],
  ...['www.w3.org', 'github.com', '127.0.0.1', 'localhost'],
];
const reservedHost = /(^|\.)example(\.com)?$/;

describe('The package', () => {
  const file = process.env.FLOWMETER_VSIX ?? '';
  let files: Map<string, Buffer>;
  let bundles: [string, string][];

  before(async () => {
    files = readZip(await readFile(file));
    bundles = [...files]
      .filter(([name]) => name.startsWith('extension/dist/'))
      .map(([name, contents]) => [name, contents.toString('utf8')]);
  });

  it('holds exactly the files that are needed', () => {
    assert.deepEqual([...files.keys()].sort(), expected);
  });

  it('has a page without pictures, which it could only show from the web', () => {
    const readme = files.get('extension/readme.md')!.toString('utf8');
    assert.match(readme, /^# Flowmeter for WhatsApp Flows\n/);
    assert.doesNotMatch(readme, /!\[|<img/);
  });

  it('brings the licence of every package that a bundle holds', async () => {
    await assertNotices(files.get('extension/THIRD-PARTY-NOTICES.txt')!.toString('utf8'));
  });

  it('holds no code that makes code of text', () => {
    assert.ok(bundles.length > 0);
    for (const [name, text] of bundles) {
      for (const found of text.matchAll(/\beval\s*\(|\bnew Function\b|\bFunction\s*\(\s*["'`]|\bWebAssembly\b/g)) {
        assert.fail(`${name} holds ${text.slice(found.index - 60, found.index + 60)}`);
      }
    }
  });

  it('names no address but those that are known', () => {
    for (const [name, text] of bundles) {
      for (const [address, host] of text.matchAll(/\b(?:https?|wss?):\/\/([\w.-]+)/g)) {
        const plain = host!.replace(/\.$/, '');
        assert.ok(knownHosts.includes(plain) || reservedHost.test(plain), `${name} names ${address}`);
      }
    }
  });

  it('holds no source map, no path of this machine, and nothing that looks like a token', () => {
    for (const [name, contents] of files) {
      const text = contents.toString('latin1');
      assert.ok(!text.includes('sourceMappingURL'), name);
      assert.ok(!text.includes(path.join(process.cwd(), '/')), name);
      assert.doesNotMatch(text, /EAA[A-Za-z0-9]{20,}/, name);
    }
  });

  it('needs nothing that it does not bring', () => {
    assert.ok(!('dependencies' in manifest));
    const builtIn = /^(?:node:[\w/]+|vscode|\.\/[\w]+\.js)$/;
    for (const [name, text] of bundles.filter(([one]) => !one.includes('/webview/'))) {
      for (const [, wanted] of text.matchAll(/\brequire\(["']([^"']+)["']\)/g)) {
        const known = builtIn.test(wanted!) || process.getBuiltinModule(wanted!) !== undefined;
        assert.ok(known, `${name} requires ${wanted}`);
      }
    }
  });

  it('is the same to the byte when it is built again, in another zone', async function () {
    this.timeout(120_000);
    const folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-package-'));
    try {
      const again = path.join(folder, 'again.vsix');
      await promisify(execFile)(process.execPath, ['scripts/package.ts', '--out', again], {
        env: { ...process.env, TZ: 'Asia/Kathmandu' },
      });
      assert.equal(await digest(again), await digest(file));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function digest(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
