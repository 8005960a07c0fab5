// What a person does and sees in the editor's window, over a page of playwright.
import type { FrameLocator, Locator, Page } from 'playwright-core';

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** 1 for the roots. */
  readonly level: number;
  /** Undefined for a row without children. */
  readonly expanded: boolean | undefined;
  readonly selected: boolean;
  readonly ariaLabel: string;
  /** The codicon's name without its prefix; empty for another icon. */
  readonly icon: string;
  /** The decoration's letters. */
  readonly badge: string;
}

export interface QuickInputState {
  /** With the step behind it, as it stands there. */
  readonly title: string;
  readonly placeholder: string;
  readonly value: string;
  readonly masked: boolean;
  /** The prompt, or what validation says. */
  readonly message: string;
  readonly items: readonly { readonly label: string; readonly description: string; readonly detail: string }[];
}

export interface Notification {
  readonly severity: 'info' | 'warning' | 'error';
  readonly message: string;
  readonly buttons: readonly string[];
}

const WIDGET = '.quick-input-widget';
const INPUT = `${WIDGET} input.input`;
const TOAST = '.notifications-toasts .notification-list-item';
const TOAST_BUTTON = '.notification-list-item-buttons-container .monaco-button';
const START_TIMEOUT_MS = 60_000;

/** Opens the editor and waits until the workbench stands and every extension's contributions are in. */
export async function openWorkbench(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await workbenchReady(page);
}

/**
 * Reloads the window as a person does, and waits until it is back. The editor's own command writes down first what it
 * remembers of the window; a page that is merely loaded anew has whatever was written in an idle moment before.
 */
export async function reloadWorkbench(page: Page): Promise<void> {
  const loaded = page.waitForEvent('load');
  await runCommand(page, 'Developer: Reload Window');
  await loaded;
  await workbenchReady(page);
}

async function workbenchReady(page: Page): Promise<void> {
  const timeout = START_TIMEOUT_MS;
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout });
  for (const mark of ['code/didStartWorkbench', 'code/didLoadExtensions']) {
    await page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, mark, { timeout });
  }
}

/** Runs a command from the palette. The title is with its category, as the palette shows it: `Flowmeter: Refresh`. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const typed = `>${title}`;
  // What gets the focus back late, such as a webview after a change of theme, closes the palette again.
  for (let attempt = 1; ; attempt++) {
    await openPalette(page);
    try {
      await page.locator(INPUT).fill(typed, { timeout: 3_000 });
      await quickPick(page, title, { timeout: 5_000 });
      break;
    } catch (error) {
      if (attempt === 3) throw error;
      await page.keyboard.press('Escape');
    }
  }
  // The palette's widget is also that of an input the command may open: it is through when its own text is gone.
  await page.waitForFunction(
    ([selector, text]) => {
      const field = document.querySelector<HTMLInputElement>(selector);
      return !field?.offsetParent || field.value !== text;
    },
    [INPUT, typed] as const,
  );
}

async function openPalette(page: Page): Promise<void> {
  // A window that is still busy may lose a key, and F1 with the palette open is not the same as F1 without.
  for (let attempt = 1; attempt <= 3; attempt++) {
    await page.keyboard.press('F1');
    try {
      await page.waitForFunction(
        (selector) => {
          const field = document.querySelector<HTMLInputElement>(selector);
          return field !== null && field.offsetParent !== null && field.value.startsWith('>');
        },
        INPUT,
        { timeout: 3_000 },
      );
      return;
    } catch {
      await page.keyboard.press('Escape');
    }
  }
  await page.locator(INPUT).waitFor({ timeout: 1_000 });
}

/** Picks the row with exactly this label from an open quick pick. */
export async function quickPick(page: Page, label: string, options: { readonly timeout?: number } = {}): Promise<void> {
  const name = page.locator('.label-name', { hasText: exactly(label) });
  await page.locator(`${WIDGET} .monaco-list-row`).filter({ has: name }).first().click(options);
}

/**
 * Types into an open input box and presses Enter. `prompt` is words of the box's title, prompt or placeholder to wait for,
 * needed where one input follows another; `enter: false` leaves it open.
 */
export async function quickInput(
  page: Page,
  text: string,
  { prompt, enter = true }: { readonly prompt?: string; readonly enter?: boolean } = {},
): Promise<void> {
  if (prompt !== undefined) await waitForQuickInput(page, prompt);
  const input = page.locator(INPUT);
  await input.fill(text);
  if (enter) await input.press('Enter');
}

/** Waits for a quick pick or input box with these words in its title, prompt or placeholder. */
export async function waitForQuickInput(page: Page, words: string): Promise<void> {
  await page.waitForFunction(
    ([selector, wanted]) => {
      const widget = document.querySelector<HTMLElement>(selector);
      const placeholder = widget?.querySelector('input.input')?.getAttribute('placeholder') ?? '';
      return Boolean(widget?.offsetParent) && `${widget?.innerText} ${placeholder}`.includes(wanted);
    },
    [WIDGET, words] as const,
  );
}

/** Undefined where no quick pick or input box is open. */
export function quickInputState(page: Page): Promise<QuickInputState | undefined> {
  return page.evaluate((selector) => {
    const widget = document.querySelector<HTMLElement>(selector);
    const field = widget?.querySelector<HTMLInputElement>('input.input');
    if (!widget?.offsetParent || !field) return undefined;
    const shown = (root: Element, part: string): string => {
      const element = root.querySelector<HTMLElement>(part);
      return element?.offsetParent ? (element.textContent ?? '').trim() : '';
    };
    return {
      title: shown(widget, '.quick-input-title'),
      placeholder: field.placeholder,
      value: field.value,
      masked: field.type === 'password',
      message: shown(widget, '.quick-input-message'),
      items: [...widget.querySelectorAll('.monaco-list-row')].map((row) => ({
        label: shown(row, '.label-name'),
        description: shown(row, '.quick-input-list-row .label-description'),
        detail: shown(row, '.quick-input-list-label-meta'),
      })),
    };
  }, WIDGET);
}

/** Shows a view container by a click on its icon in the activity bar, unless it is shown already. */
export async function openView(page: Page, title: string): Promise<void> {
  const label = page.locator(`[aria-label=${quoted(title)}], [aria-label^=${quoted(`${title} `)}]`);
  const item = page.locator('.part.activitybar .action-item').filter({ has: label }).first();
  await item.waitFor();
  if (!(await hasClass(item, 'checked'))) await item.click();
  await page.locator('.part.sidebar .composite.title', { hasText: new RegExp(escaped(title), 'i') }).waitFor();
}

/** The rows of the side bar's trees on screen, from top to bottom. */
export async function treeRows(page: Page): Promise<TreeRow[]> {
  return treeRowLocator(page).evaluateAll((elements) =>
    elements
      .map((element) => {
        const text = (part: string): string => element.querySelector(part)?.textContent?.trim() ?? '';
        const icon = element.querySelector('.custom-view-tree-node-item-icon');
        const label = element.querySelector('.monaco-icon-label');
        // A decoration's letters are drawn by CSS alone.
        const badge = label ? getComputedStyle(label, '::after').content : 'none';
        const expanded = element.getAttribute('aria-expanded');
        const row = {
          label: text('.label-name'),
          description: text('.label-description'),
          level: Number(element.getAttribute('aria-level')),
          expanded: expanded === null ? undefined : expanded === 'true',
          selected: element.getAttribute('aria-selected') === 'true',
          ariaLabel: element.getAttribute('aria-label') ?? '',
          icon: /\bcodicon-(?!colored)(\S+)/.exec(icon?.className ?? '')?.[1] ?? '',
          badge: /^"(.*)"$/.exec(badge)?.[1] ?? '',
        };
        return { index: Number(element.getAttribute('data-index')), row };
      })
      .sort((a, b) => a.index - b.index)
      .map(({ row }) => row),
  );
}

/** The row with exactly this label. */
export function treeRow(page: Page, label: string): Locator {
  return treeRowLocator(page).filter({ has: page.locator('.label-name', { hasText: exactly(label) }) });
}

/** Opens or closes a row by its twistie, which runs no command. */
export async function toggleTreeRow(page: Page, label: string): Promise<void> {
  await treeRow(page, label).first().locator('.monaco-tl-twistie').click();
}

function treeRowLocator(page: Page): Locator {
  return page.locator('.part.sidebar .pane-body [role=tree] .monaco-list-row');
}

/** An item of the status bar by the id that an extension gave it, or by words of its accessible label. */
export function statusItem(page: Page, idOrText: string): Locator {
  const item = '.part.statusbar .statusbar-item';
  return page.locator(`${item}[id$=${quoted(`.${idOrText}`)}], ${item}[aria-label*=${quoted(idOrText)}]`).first();
}

/** The document inside a webview panel that is in view: of this title, or by default that of the active editor group. */
export async function webview(page: Page, { title }: { readonly title?: string } = {}): Promise<FrameLocator> {
  const groups = page.locator('.part.editor .editor-group-container');
  const tabs = page.locator(title === undefined ? '.tab.active' : `.tab[aria-label^=${quoted(title)}]`);
  const group = (title === undefined ? groups.and(page.locator('.active')) : groups).filter({ has: tabs }).first();
  const tab = group.locator(tabs).first();
  await tab.waitFor();
  if (!(await hasClass(tab, 'active'))) await tab.click();
  // A webview lies over its editor group without being inside it, so the place tells which is whose.
  const handle = await page.waitForFunction(
    (element) => {
      const area = element?.querySelector('.editor-container')?.getBoundingClientRect();
      const frames = [...document.querySelectorAll('iframe.webview.ready')];
      const frame = frames.find((candidate) => {
        const box = candidate.getBoundingClientRect();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        const shown = box.width > 0 && getComputedStyle(candidate).visibility === 'visible';
        return area && shown && x > area.left && x < area.right && y > area.top && y < area.bottom;
      });
      return frame?.getAttribute('name');
    },
    await group.elementHandle(),
  );
  return page.frameLocator(`iframe.webview[name="${await handle.jsonValue()}"]`).frameLocator('iframe#active-frame');
}

/** The titles of all open editors. */
export function editorTabs(page: Page): Promise<string[]> {
  return page.locator('.part.editor .tab .label-name').allTextContents();
}

/** The toasts in view, newest first. */
export function notifications(page: Page): Promise<Notification[]> {
  return page.locator(TOAST).evaluateAll((items, button) => {
    return items.map((item) => {
      const icon = item.querySelector('.notification-list-item-icon')?.className ?? '';
      return {
        severity: icon.includes('error') ? 'error' : icon.includes('warning') ? 'warning' : 'info',
        message: item.querySelector('.notification-list-item-message')?.textContent?.trim() ?? '',
        buttons: [...item.querySelectorAll(button)].map(({ textContent }) => textContent?.trim() ?? ''),
      };
    });
  }, TOAST_BUTTON);
}

/** Presses a button of a toast. */
export async function pressNotificationButton(page: Page, button: string): Promise<void> {
  await page
    .locator(`${TOAST} ${TOAST_BUTTON}`)
    .filter({ hasText: exactly(button) })
    .first()
    .click();
}

export async function clearNotifications(page: Page): Promise<void> {
  await runCommand(page, 'Notifications: Clear All Notifications');
}

/** The name is as the theme picker shows it: `Dark Modern`, `Dark High Contrast`. */
export async function setTheme(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Preferences: Color Theme');
  await waitForQuickInput(page, 'Select Color Theme');
  await page.locator(INPUT).fill(name);
  await quickPick(page, name);
  await page.locator(WIDGET).waitFor({ state: 'hidden' });
}

function hasClass(locator: Locator, name: string): Promise<boolean> {
  return locator.evaluate((element, wanted) => element.classList.contains(wanted), name);
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${escaped(text)}\\s*$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A string of a CSS selector. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
