/** The overview at a thousand flows beside itself at a hundred, in the same browser and run, each sample a fresh page. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as BrowserModule from '../../scripts/editor/browser';
import { overviewKey } from '../../src/presentation/overview/overviewProtocol';
import { manyFlows } from '../webview/fixtures/overview';
import { ownPage } from './pages';
import { atMost, type Group } from './row';
import { inTurns, spread } from './samples';

const root = process.cwd();

export const overviewRows: Group = async ({ quick }) => {
  const module = pathToFileURL(path.join(root, 'scripts/editor/browser.ts')).href;
  const { launchPageBrowser } = (await import(module)) as typeof BrowserModule;
  const browser = await launchPageBrowser();
  try {
    const [script, style] = await Promise.all([
      readFile(path.join(root, 'dist/webview/dashboard.js'), 'utf8'),
      readFile(path.join(root, 'dist/webview/style.css'), 'utf8'),
    ]);
    const [hundred, thousand] = [100, 1000].map((count) => manyFlows(count));
    const firstPaint = async (stage: typeof hundred): Promise<number> => {
      const snapshots = [stage!.snapshot()];
      return (await ownPage(browser, { script, style, key: overviewKey, snapshots }))[0]!;
    };
    const { many, few } = await inTurns(quick ? 3 : 15, {
      many: () => firstPaint(thousand),
      few: () => firstPaint(hundred),
    });
    return [
      {
        area: 'overview',
        measured: 'first paint with 1000 flows, time to second frame',
        against: 'the same with 100 flows',
        ...atMost(many.median / few.median, 1.5),
        detail: `${spread(many)} against ${spread(few)}; from the moment the script begins to run, with the message of all rows`,
      },
    ];
  } finally {
    await browser.close();
  }
};
