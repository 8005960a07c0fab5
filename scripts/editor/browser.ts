import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from 'playwright-core';
import { filesOnPath } from './filesOnPath.ts';
import { installEditor } from './install.ts';

type PersistentContextOptions = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>;

/** A Chromium that works here, with what it needs in its environment. */
type WorkingChromium = Required<Pick<LaunchOptions, 'executablePath' | 'env'>>;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Names of a Chromium on PATH on Linux. Other systems have it in fixed places. */
const LINUX_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FIXED_PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) =>
    ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((file) =>
      path.join(process.env[variable] ?? '', file),
    ),
  ),
};

let working: Promise<WorkingChromium> | undefined;

/** Starts a browser with one profile, which is not kept. Closing the context ends it. */
export async function launchBrowser(options: PersistentContextOptions = {}): Promise<BrowserContext> {
  return chromium.launchPersistentContext('', {
    ...(await workingChromium()),
    args: FLAGS,
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
}

/** Starts a browser for pages alone, whose text is drawn alike on all systems. */
export async function launchPageBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'];
  return chromium.launch({ ...(await workingChromium()), args });
}

/** An installed browser where one works, else the pinned one. */
function workingChromium(): Promise<WorkingChromium> {
  return (working ??= findChromium());
}

async function findChromium(): Promise<WorkingChromium> {
  const { chromium: pinned, chromiumLibraries, fontconfig } = await installEditor();
  const isLinux = process.platform === 'linux';
  const env = isLinux ? { ...process.env, FONTCONFIG_FILE: fontconfig } : { ...process.env };
  const places = [
    ...(isLinux ? filesOnPath(LINUX_NAMES) : []),
    ...(FIXED_PLACES[process.platform] ?? []).filter((file) => existsSync(file)),
  ];
  const candidates = [...places, ...(pinned ? [pinned] : [])].map((executablePath) => ({ executablePath, env }));
  if (pinned) {
    // The pinned one brings libraries that a plain machine lacks (nss, nspr, expat); the machine's own are preferred.
    const libraries = [chromiumLibraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(path.delimiter);
    candidates.push({ executablePath: pinned, env: { ...env, LD_LIBRARY_PATH: libraries } });
  }
  const failures = [];
  for (const candidate of candidates) {
    const failure = await launchFailure(candidate);
    if (failure === undefined) return candidate;
    failures.push(`${candidate.executablePath}: ${failure}`);
  }
  const advice = isLinux
    ? 'Install the package chromium, or libnss3 and libnspr4 for the pinned one.'
    : 'Install Google Chrome or Microsoft Edge.';
  throw new Error([`No Chromium works here. ${advice}`, ...failures].join('\n'));
}

/** Undefined for a Chromium that starts. */
async function launchFailure(candidate: WorkingChromium): Promise<string | undefined> {
  try {
    const browser = await chromium.launch({ ...candidate, args: FLAGS, timeout: 20_000 });
    await browser.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').slice(0, 6).join(' ') : String(error);
  }
}
