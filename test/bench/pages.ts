/** Pages of the built extension in a browser, each in a context of its own, so that nothing is warm. */
import type { Browser, Page } from 'playwright-core';
import { themes } from '../webview/fixtures/themes';

/** What a page is sent by the editor. */
type Message = Readonly<Record<string, unknown>> | object;

export interface OwnPage {
  readonly script: string;
  readonly style: string;
  /** What of the extension the page shows; a flow's dashboard where absent. */
  readonly key?: string;
  readonly snapshots: readonly Message[];
}

/** Runs the action on a page of its own in a context of its own. */
export async function onPage<T>(browser: Browser, content: string, action: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, timezoneId: 'Europe/Berlin' });
  try {
    const page = await context.newPage();
    await page.setContent(content);
    return await action(page);
  } finally {
    await context.close();
  }
}

export function htmlOf(style: string, body: string): string {
  const { variables, bodyClasses, kind } = themes['dark-modern'];
  const root = Object.entries(variables).map(([name, value]) => `${name}: ${value};`);
  return (
    `<!doctype html><html lang="en"><head><style>:root { ${root.join(' ')} }</style><style>${style}</style></head>` +
    `<body class="${bodyClasses.join(' ')}" data-vscode-theme-kind="${kind}">${body}</body></html>`
  );
}

/** Milliseconds of the first snapshot from the script's begin, and of each further one from its arrival. */
export function ownPage(browser: Browser, { script, style, key, snapshots }: OwnPage): Promise<number[]> {
  const main = `<main id="page"${key === undefined ? '' : ` data-key="${key}"`}></main>`;
  return onPage(browser, htmlOf(style, main), (page) =>
    page.evaluate(
      async ({ code, messages }) => {
        const revive = (_: string, value: unknown): unknown => {
          const list = (value as { float64?: number[] } | null)?.float64;
          return list ? Float64Array.from(list) : value;
        };
        const sent = messages.map((json) => JSON.parse(json, revive) as unknown);
        Object.assign(window, {
          acquireVsCodeApi: () => ({
            postMessage: () => undefined,
            getState: () => undefined,
            setState: () => undefined,
          }),
        });
        const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
        const times: number[] = [];
        await frame();
        for (const [i, message] of sent.entries()) {
          const begun = performance.now();
          if (i === 0) {
            const element = document.createElement('script');
            element.textContent = code;
            document.body.append(element);
          }
          const taken = new Promise((resolve) => window.addEventListener('message', resolve, { once: true }));
          window.postMessage(message, '*');
          await taken;
          await frame();
          await frame();
          times.push(performance.now() - begun);
          // A person takes longer to the next change than the page to whatever it does when idle.
          await new Promise((resolve) => requestIdleCallback(resolve));
        }
        return times;
      },
      { code: script, messages: snapshots.map(packed) },
    ),
  );
}

/** JSON that keeps typed columns apart, as messages of the editor do. */
export function packed(message: Message): string {
  return JSON.stringify(message, (_, value: unknown) =>
    value instanceof Float64Array ? { float64: [...value] } : value,
  );
}
