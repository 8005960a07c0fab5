/** Parts of the editor's window that several stories need: the Flows tree, dialogs, hovers. */
import type { Locator, Page } from 'playwright-core';
import { openView, statusItem, treeRow, treeRows } from '../../scripts/editor/workbench';
import { statusItemId } from '../../src/ids';
import { eventually, eventuallyEqual } from './lab';

/** The row below which drafts and deprecated flows stand. */
export const parkedGroup = 'Drafts and deprecated';

export const demoFlowNames = [
  'Delivery slot',
  'Warranty claim',
  'Insurance quote',
  'Table booking',
  'Loan application',
  'Gift card balance',
  'Newsletter sign-up',
  'Return request',
  'Partner onboarding',
  'Contact us',
  'Product survey',
  'Summer raffle',
] as const;

/** The rows of the tree: the last two flows stand below a row of their own. */
export const demoRowNames: readonly string[] = [...demoFlowNames.slice(0, -2), parkedGroup];

export interface FlowRow {
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly badge: string;
  readonly ariaLabel: string;
}

export async function flowRow(page: Page, label: string): Promise<FlowRow> {
  const row = (await treeRows(page)).find((one) => one.label === label);
  if (!row) throw new Error(`There is no row "${label}".`);
  return row;
}

export async function labels(page: Page): Promise<string[]> {
  return (await treeRows(page)).map(({ label }) => label);
}

/** Waits until all demo flows are read and stand in their order. */
export async function demoFlowsRead(page: Page): Promise<void> {
  await eventuallyEqual(() => labels(page), [...demoRowNames], 30_000);
  await eventually('every flow is read', async () =>
    (await treeRows(page)).every(({ description }) => description !== '' && !/not read|reading/.test(description)),
  );
}

export async function addDemo(page: Page): Promise<void> {
  await openView(page, 'Flowmeter');
  await page.locator('.part.sidebar').getByText('Try with Demo Data').click();
  await demoFlowsRead(page);
}

export async function statusText(page: Page): Promise<string> {
  return (await statusItem(page, statusItemId).innerText()).replace(/\s+/g, ' ').trim();
}

/** Text of the hover card with these words, which opens over the place. */
export async function hoverText(page: Page, over: Locator, words: string): Promise<string> {
  const card = page.locator('.monaco-hover:visible', { hasText: words }).last();
  for (let attempt = 1; ; attempt++) {
    await over.hover();
    try {
      await card.waitFor({ timeout: 5_000 });
      return await card.innerText({ timeout: 1_000 });
    } catch (error) {
      if (attempt === 4) throw error;
      // A row that is drawn anew just then loses its card, and the pointer has to come again.
      await page.mouse.move(0, 0);
    }
  }
}

/** Presses a button of a modal dialog with these words. */
export async function answerDialog(page: Page, words: string, button: string): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box', { hasText: words });
  await dialog.waitFor();
  await dialog.locator('.monaco-button', { hasText: button }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** Runs an entry of a row's menu. */
export async function runRowMenu(page: Page, label: string, entry: string): Promise<void> {
  await treeRow(page, label).first().click({ button: 'right' });
  const item = page.locator('.monaco-menu .action-item', { hasText: new RegExp(`^${entry}$`) });
  // A menu that has just opened takes the first click for the end of the one that opened it.
  await eventually(`the menu is closed by ${entry}`, async () => {
    if (await item.isVisible()) await item.click({ timeout: 2_000 }).catch(() => undefined);
    return !(await item.isVisible());
  });
}

/** The line above the rows of the tree. */
export async function treeMessage(page: Page): Promise<string> {
  return (await page.locator('.part.sidebar .tree-explorer-viewlet-tree-view .message').allInnerTexts()).join(' ');
}
