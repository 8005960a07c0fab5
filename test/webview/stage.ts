/** The built page in a real browser, under the strict policy and with a stand-in for the editor. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type * as BrowserModule from '../../scripts/editor/browser';
import type { MetricName } from '../../src/contract/metric';
import type { OverviewIntent, OverviewSnapshot } from '../../src/presentation/overview/overviewProtocol';
import type { PanelIntent, PanelSnapshot } from '../../src/presentation/panelProtocol';
import { themes, type ThemeName } from './fixtures/themes';

const root = process.cwd();
const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['test/webview/fixtures/page.html', 'text/html; charset=utf-8'],
  '/overview': ['test/webview/fixtures/overview.html', 'text/html; charset=utf-8'],
  '/empty': ['test/webview/fixtures/empty.html', 'text/html; charset=utf-8'],
  '/editor.css': ['test/webview/fixtures/editor.css', 'text/css'],
  '/style.css': ['dist/webview/style.css', 'text/css'],
  '/dashboard.js': ['dist/webview/dashboard.js', 'text/javascript'],
};

export interface StageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly fontSize?: number;
  readonly fontFamily?: string;
  readonly forcedColors?: boolean;
  readonly reducedMotion?: boolean;
  readonly scale?: number;
  readonly zone?: string;
  /** What the editor kept over a reload. */
  readonly state?: unknown;
  /** True for a clock that the test can move on. */
  readonly clock?: boolean;
  /** In place of a flow's dashboard. */
  readonly page?: 'overview';
}

export interface Stage {
  readonly page: Page;
  /** Console errors, exceptions and refusals of the policy so far. */
  readonly troubles: readonly string[];
  post(snapshot: PanelSnapshot | OverviewSnapshot): Promise<void>;
  intents(): Promise<(PanelIntent | OverviewIntent)[]>;
  state(): Promise<unknown>;
  setTheme(theme: ThemeName, fontSize?: number): Promise<void>;
  /** Resolves once what changed is drawn and the page is idle. */
  drawn(): Promise<void>;
  close(): Promise<void>;
}

interface OpenedPage {
  readonly page: Page;
  /** Those of the test that has the page. */
  troubles: string[];
}

export class Theater {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly address: string,
  ) {}

  /** Pages that no test uses at present, by what cannot be changed of a page: to open one takes half a second. */
  private readonly idle = new Map<string, OpenedPage[]>();

  static async open(): Promise<Theater> {
    // Loaded at run time: bundled, it would no longer know where it lies.
    const module = pathToFileURL(path.join(root, 'scripts/editor/browser.ts')).href;
    const { launchPageBrowser } = (await import(module)) as typeof BrowserModule;
    const browser = await launchPageBrowser();
    const server = createServer((request, response) => {
      const entry = files[new URL(request.url ?? '/', 'http://page').pathname];
      if (!entry) {
        // Browsers ask for an icon of their own accord.
        response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
        return;
      }
      void readFile(path.join(root, entry[0])).then((body) => {
        const nonce = randomBytes(16).toString('base64');
        const origin = `http://${request.headers.host}`;
        response.writeHead(200, {
          'content-type': entry[1],
          'content-security-policy': [
            "default-src 'none'",
            `script-src 'nonce-${nonce}'`,
            `style-src ${origin}`,
            `img-src ${origin} data:`,
            `font-src ${origin}`,
            "form-action 'none'",
            "base-uri 'none'",
          ].join('; '),
        });
        response.end(body.toString().replace('{{nonce}}', nonce));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Theater(browser, server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async stage(options: StageOptions = {}): Promise<Stage> {
    const { theme = 'dark-modern', width = 1200, height = 900, state } = options;
    const idle = this.idlePagesFor(options);
    const opened = idle.pop() ?? (await this.openPage(options));
    const { page } = opened;
    const troubles: string[] = [];
    opened.troubles = troubles;
    await page.setViewportSize({ width, height });
    const kept = state === undefined ? '' : `?state=${encodeURIComponent(JSON.stringify(state))}`;
    await load(page, `${this.address}${options.page ?? ''}${kept}`);
    const setTheme = async (name: ThemeName, fontSize?: number): Promise<void> => {
      const { variables, bodyClasses, kind } = themes[name];
      const extra: Record<string, string> = {
        ...(fontSize ? { '--vscode-font-size': `${fontSize}px` } : {}),
        ...(options.fontFamily ? { '--vscode-font-family': options.fontFamily } : {}),
      };
      await page.evaluate(
        ([values, classes, themeKind]) => {
          const { style } = document.documentElement;
          for (const property of [...style]) style.removeProperty(property);
          for (const [property, value] of Object.entries(values)) style.setProperty(property, value);
          document.body.className = classes.join(' ');
          document.body.dataset.vscodeThemeKind = themeKind;
        },
        [{ ...variables, ...extra }, [...bodyClasses], kind] as const,
      );
    };
    await setTheme(theme, options.fontSize);
    return {
      page,
      troubles,
      setTheme,
      post: async (snapshot) => {
        await page.evaluate((json) => {
          const revive = (_: string, value: unknown): unknown => {
            const list = (value as { float64?: number[] } | null)?.float64;
            return list ? Float64Array.from(list) : value;
          };
          const message: unknown = JSON.parse(json, revive);
          return new Promise<void>((resolve) => {
            window.postMessage(message, '*');
            // Two frames later everything that is in sight is drawn; tables are filled when the page is idle.
            window.addEventListener(
              'message',
              () => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(() => resolve()))),
              { once: true },
            );
          });
        }, packed(snapshot));
      },
      intents: () => page.evaluate(() => (window as unknown as { intents: PanelIntent[] }).intents),
      drawn: () =>
        page.evaluate(
          () =>
            new Promise<void>((resolve) =>
              requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(() => resolve()))),
            ),
        ),
      state: () => page.evaluate(() => (window as unknown as { storedState(): unknown }).storedState()),
      close: async () => {
        // A clock that a test moved on stays where it is.
        if (options.clock) return page.context().close();
        await page.mouse.up();
        await page.mouse.move(0, 0);
        await page.goto(`${this.address}empty`);
        idle.push(opened);
      },
    };
  }

  private idlePagesFor({ scale, zone, theme, forcedColors, reducedMotion, clock }: StageOptions): OpenedPage[] {
    const key = JSON.stringify([scale, zone, theme && themes[theme].kind, forcedColors, reducedMotion, clock]);
    const idle = this.idle.get(key) ?? [];
    this.idle.set(key, idle);
    return idle;
  }

  private async openPage(options: StageOptions): Promise<OpenedPage> {
    const { theme = 'dark-modern', zone = 'Europe/Berlin' } = options;
    const settings: BrowserContextOptions = {
      deviceScaleFactor: options.scale ?? 1,
      timezoneId: zone,
      locale: 'en-US',
      colorScheme: themes[theme].kind.includes('light') ? 'light' : 'dark',
      forcedColors: options.forcedColors ? 'active' : 'none',
      reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    };
    const context = await this.browser.newContext(settings);
    const page = await context.newPage();
    const opened: OpenedPage = { page, troubles: [] };
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        opened.troubles.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => opened.troubles.push(`exception: ${error.message}`));
    await page.exposeFunction('reportTrouble', (text: string) => opened.troubles.push(text));
    await page.addInitScript(() => {
      const shared = window as unknown as Record<string, unknown>;
      const intents: unknown[] = [];
      const state = new URL(location.href).searchParams.get('state');
      let stored: unknown = state === null ? undefined : JSON.parse(state);
      shared.intents = intents;
      shared.storedState = () => stored;
      shared.acquireVsCodeApi = () => ({
        postMessage: (message: unknown) => intents.push(message),
        getState: () => stored,
        setState: (value: unknown) => {
          stored = structuredClone(value);
        },
      });
      const report = shared.reportTrouble as (text: string) => void;
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        report(`policy: ${violatedDirective} ${blockedURI}`),
      );
      window.addEventListener('error', ({ message }) => report(`error: ${message}`));
      window.addEventListener('unhandledrejection', ({ reason }) => report(`rejection: ${String(reason)}`));
    });
    if (options.clock) await page.clock.install();
    return opened;
  }
}

/**
 * On a busy machine Chromium once in some hundred times does not begin to load a page; a page that hangs by itself hangs
 * again.
 */
async function load(page: Page, url: string): Promise<void> {
  try {
    await page.goto(url, { timeout: 15_000 });
  } catch (error) {
    console.warn(`${url} is loaded once more: ${String(error).split('\n')[0]}`);
    await page.goto(url);
  }
}

/** JSON that keeps typed columns, as the editor's messages do. */
function packed(snapshot: PanelSnapshot | OverviewSnapshot): string {
  return JSON.stringify(snapshot, (_, value: unknown) =>
    value instanceof Float64Array ? { float64: [...value] } : value,
  );
}

/** Runs a test on a stage of its own, which must have had no trouble at the end. */
export async function onStage(
  theater: Theater,
  options: StageOptions,
  test: (stage: Stage) => Promise<void>,
): Promise<void> {
  const stage = await theater.stage(options);
  try {
    await test(stage);
    assert.deepEqual(stage.troubles, []);
  } finally {
    await stage.close();
  }
}

export function sectionOf({ page }: Stage, metric: MetricName): ReturnType<Page['locator']> {
  return page.locator(`section[data-metric=${metric}]`);
}
