import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { installEditor } from './install.mjs';

/**
 * @typedef {object} BrowserOptions
 * @property {string} [userDataDir] a profile to keep, secrets included; a passing one by default
 * @property {boolean} [headless]
 * @property {{ width: number, height: number }} [viewport]
 * @property {number} [deviceScaleFactor]
 * @property {string} [locale]
 * @property {string} [timezoneId]
 * @property {"light" | "dark"} [colorScheme]
 * @property {"reduce" | "no-preference"} [reducedMotion]
 */

/**
 * @typedef {object} Chromium
 * @property {string} executablePath
 * @property {Record<string, string>} env what it needs in its environment
 */

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Names on PATH and fixed places of a Chromium, by platform. */
const INSTALLED = /** @type {Readonly<Record<string, { names: string[], places: string[] }>>} */ ({
  linux: { names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'], places: [] },
  darwin: {
    names: [],
    places: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ],
  },
  win32: {
    names: [],
    places: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) =>
      ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((path) =>
        join(process.env[variable] ?? '', path),
      ),
    ),
  },
});

/** @type {Promise<Chromium> | undefined} */
let found;

/**
 * Starts a browser with one profile. Closing the context ends it.
 *
 * @param {BrowserOptions} [options]
 * @returns {Promise<import("playwright-core").BrowserContext>}
 */
export async function launchBrowser({ userDataDir = '', headless = true, ...options } = {}) {
  const { executablePath, env } = await findChromium();
  return chromium.launchPersistentContext(userDataDir, {
    executablePath,
    headless,
    args: FLAGS,
    env: withOwn(env),
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
}

/**
 * An installed browser where one works, else the pinned one.
 *
 * @returns {Promise<Chromium>}
 */
export function findChromium() {
  found ??= search();
  return found;
}

/** @returns {Promise<Chromium>} */
async function search() {
  const { chromium: pinned, chromiumLibraries, fontconfig } = await installEditor();
  /** @type {Record<string, string>} */
  const fonts = process.platform === 'linux' ? { FONTCONFIG_FILE: fontconfig } : {};
  const libraries = [chromiumLibraries, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter);
  const candidates = [
    ...installed().map((executablePath) => ({ executablePath, env: fonts })),
    ...(pinned ? [{ executablePath: pinned, env: fonts }] : []),
    // The pinned one brings libraries that a plain machine lacks (nss, nspr, expat); the machine's own are preferred.
    ...(pinned ? [{ executablePath: pinned, env: { ...fonts, LD_LIBRARY_PATH: libraries } }] : []),
  ];
  const troubles = [];
  for (const candidate of candidates) {
    const trouble = await tryOut(candidate);
    if (trouble === undefined) {
      return candidate;
    }
    troubles.push(`${candidate.executablePath}: ${trouble}`);
  }
  const advice =
    process.platform === 'linux'
      ? 'Install the package chromium, or libnss3 and libnspr4 for the pinned one.'
      : 'Install Google Chrome or Microsoft Edge.';
  throw new Error([`No Chromium works here. ${advice}`, ...troubles].join('\n'));
}

/** @returns {string[]} */
function installed() {
  const { names, places } = INSTALLED[process.platform] ?? { names: [], places: [] };
  const path = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const named = names.flatMap((name) => path.map((folder) => join(folder, name)));
  return [...named, ...places].filter((file) => existsSync(file));
}

/**
 * @param {Chromium} candidate
 * @returns {Promise<string | undefined>} why it does not work
 */
async function tryOut({ executablePath, env }) {
  try {
    const browser = await chromium.launch({ executablePath, args: FLAGS, env: withOwn(env), timeout: 20_000 });
    await browser.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').slice(0, 6).join(' ') : String(error);
  }
}

/**
 * @param {Record<string, string>} env
 * @returns {Record<string, string>}
 */
function withOwn(env) {
  return { .../** @type {Record<string, string>} */ (process.env), ...env };
}
