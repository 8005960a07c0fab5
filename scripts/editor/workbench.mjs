// What a person does and sees in the editor's window, over a page of playwright.

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */
/** @typedef {import("playwright-core").FrameLocator} FrameLocator */

/**
 * @typedef {object} TreeRow
 * @property {string} label
 * @property {string} description
 * @property {number} level 1 for the roots
 * @property {boolean | undefined} expanded undefined for a row without children
 * @property {boolean} selected
 * @property {string} ariaLabel
 * @property {string} icon the codicon's name without its prefix; empty for another icon
 * @property {string} badge the decoration's letters
 */

/**
 * @typedef {object} QuickInputState
 * @property {string} title with the step behind it, as it stands there
 * @property {string} placeholder
 * @property {string} value
 * @property {boolean} masked
 * @property {string} message the prompt, or what validation says
 * @property {{ label: string, description: string, detail: string }[]} items
 */

/**
 * @typedef {object} Notification
 * @property {"info" | "warning" | "error"} severity
 * @property {string} message
 * @property {string[]} buttons
 */

const WIDGET = '.quick-input-widget';
const START_TIMEOUT_MS = 60_000;

/**
 * Opens the editor and waits until the workbench stands and every extension's contributions are in.
 *
 * @param {Page} page
 * @param {string} url
 * @param {{ folder?: string }} [options] a folder where the address has none yet
 */
export async function openWorkbench(page, url, { folder } = {}) {
  const address = new URL(url);
  if (folder !== undefined) {
    address.searchParams.set('folder', folder);
  }
  await page.goto(address.href);
  await workbenchReady(page);
}

/**
 * Reloads the window as a person does, and waits until it is back. The editor's own command writes down first what it
 * remembers of the window; a page that is merely loaded anew has whatever was written in an idle moment before.
 *
 * @param {Page} page
 */
export async function reloadWorkbench(page) {
  const loaded = page.waitForEvent('load');
  await runCommand(page, 'Developer: Reload Window');
  await loaded;
  await workbenchReady(page);
}

/** @param {Page} page */
export async function workbenchReady(page) {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: START_TIMEOUT_MS });
  for (const mark of ['code/didStartWorkbench', 'code/didLoadExtensions']) {
    await page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, mark, {
      timeout: START_TIMEOUT_MS,
    });
  }
}

/**
 * Runs a command from the palette.
 *
 * @param {Page} page
 * @param {string} title with its category, as the palette shows it: `Flowmeter: Refresh`
 */
export async function runCommand(page, title) {
  // What gets the focus back late, such as a webview after a change of theme, closes the palette again.
  for (let attempt = 1; ; attempt++) {
    await openPalette(page);
    try {
      await page.locator(`${WIDGET} input.input`).fill(`>${title}`, { timeout: 3_000 });
      await quickPick(page, title, { timeout: 5_000 });
      break;
    } catch (error) {
      if (attempt === 3) {
        throw error;
      }
      await page.keyboard.press('Escape');
    }
  }
  // The palette's widget is also that of an input the command may open: it is through when its own text is gone.
  await page.waitForFunction(
    ({ selector, typed }) => {
      const field = /** @type {HTMLInputElement | null} */ (document.querySelector(`${selector} input.input`));
      return !field?.offsetParent || field.value !== typed;
    },
    { selector: WIDGET, typed: `>${title}` },
  );
}

/** @param {Page} page */
async function openPalette(page) {
  const input = page.locator(`${WIDGET} input.input`);
  // A window that is still busy may lose a key, and F1 with the palette open is not the same as F1 without.
  for (let attempt = 1; attempt <= 3; attempt++) {
    await page.keyboard.press('F1');
    try {
      await page.waitForFunction(
        (selector) => {
          const field = /** @type {HTMLInputElement | null} */ (document.querySelector(`${selector} input.input`));
          return field !== null && field.offsetParent !== null && field.value.startsWith('>');
        },
        WIDGET,
        { timeout: 3_000 },
      );
      return;
    } catch {
      await page.keyboard.press('Escape');
    }
  }
  await input.waitFor({ timeout: 1_000 });
}

/**
 * Picks the row with exactly this label from an open quick pick.
 *
 * @param {Page} page
 * @param {string} label
 * @param {{ timeout?: number }} [options]
 */
export async function quickPick(page, label, options = {}) {
  const exact = new RegExp(`^\\s*${escaped(label)}\\s*$`);
  const name = page.locator('.label-name', { hasText: exact });
  await page.locator(`${WIDGET} .monaco-list-row`).filter({ has: name }).first().click(options);
}

/**
 * Types into an open input box and presses Enter.
 *
 * @param {Page} page
 * @param {string} text
 * @param {{ prompt?: string, enter?: boolean }} [options] `prompt`: words of the box's title, prompt or placeholder to
 *   wait for, needed where one input follows another; `enter: false` leaves it open
 */
export async function quickInput(page, text, { prompt, enter = true } = {}) {
  if (prompt !== undefined) {
    await waitForQuickInput(page, prompt);
  }
  const input = page.locator(`${WIDGET} input.input`);
  await input.fill(text);
  if (enter) {
    await input.press('Enter');
  }
}

/**
 * Waits for a quick pick or input box with these words in its title, prompt or placeholder.
 *
 * @param {Page} page
 * @param {string} words
 */
export async function waitForQuickInput(page, words) {
  await page.waitForFunction(
    ({ selector, wanted }) => {
      const widget = /** @type {HTMLElement | null} */ (document.querySelector(selector));
      const field = widget?.querySelector('input.input');
      const shown = widget?.offsetParent ? `${widget.innerText} ${field?.getAttribute('placeholder') ?? ''}` : '';
      return shown.includes(wanted);
    },
    { selector: WIDGET, wanted: words },
  );
}

/**
 * @param {Page} page
 * @returns {Promise<QuickInputState | undefined>} undefined where none is open
 */
export function quickInputState(page) {
  return page.evaluate((selector) => {
    const widget = /** @type {HTMLElement | null} */ (document.querySelector(selector));
    const field = /** @type {HTMLInputElement | null} */ (widget?.querySelector('input.input'));
    if (!widget?.offsetParent || !field) {
      return undefined;
    }
    const shown = (/** @type {Element} */ root, /** @type {string} */ path) => {
      const element = /** @type {HTMLElement | null} */ (root.querySelector(path));
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

/**
 * Shows a view container by a click on its icon in the activity bar, unless it is shown already.
 *
 * @param {Page} page
 * @param {string} title
 */
export async function openView(page, title) {
  const label = page.locator(`[aria-label=${quoted(title)}], [aria-label^=${quoted(`${title} `)}]`);
  const item = page.locator('.part.activitybar .action-item').filter({ has: label }).first();
  await item.waitFor();
  if (!(await item.evaluate((element) => element.classList.contains('checked')))) {
    await item.click();
  }
  await page.locator('.part.sidebar .composite.title', { hasText: new RegExp(escaped(title), 'i') }).waitFor();
}

/**
 * @param {Page} page
 * @param {string} [view] the tree's title, where the container shows several
 * @returns {Promise<TreeRow[]>} the rows on screen, from top to bottom
 */
export async function treeRows(page, view) {
  const rows = treeLocator(page, view).locator('.monaco-list-row');
  return rows.evaluateAll((elements) =>
    elements
      .map((element) => {
        const text = (/** @type {string} */ path) => element.querySelector(path)?.textContent?.trim() ?? '';
        const icon = element.querySelector('.custom-view-tree-node-item-icon');
        const label = element.querySelector('.monaco-icon-label');
        // A decoration's letters are drawn by CSS alone.
        const badge = label ? getComputedStyle(label, '::after').content : 'none';
        return {
          index: Number(element.getAttribute('data-index')),
          label: text('.label-name'),
          description: text('.label-description'),
          level: Number(element.getAttribute('aria-level')),
          expanded: element.hasAttribute('aria-expanded')
            ? element.getAttribute('aria-expanded') === 'true'
            : undefined,
          selected: element.getAttribute('aria-selected') === 'true',
          ariaLabel: element.getAttribute('aria-label') ?? '',
          icon: /\bcodicon-(?!colored)(\S+)/.exec(icon?.className ?? '')?.[1] ?? '',
          badge: /^"(.*)"$/.exec(badge)?.[1] ?? '',
        };
      })
      .sort((a, b) => a.index - b.index)
      .map(({ index: _, ...row }) => row),
  );
}

/**
 * @param {Page} page
 * @param {string} label
 * @param {string} [view]
 * @returns {Locator} the row with exactly this label
 */
export function treeRow(page, label, view) {
  const name = page.locator('.label-name', { hasText: new RegExp(`^\\s*${escaped(label)}\\s*$`) });
  return treeLocator(page, view).locator('.monaco-list-row').filter({ has: name });
}

/**
 * Opens or closes a row by its twistie, which runs no command.
 *
 * @param {Page} page
 * @param {string} label
 */
export async function toggleTreeRow(page, label) {
  await treeRow(page, label).first().locator('.monaco-tl-twistie').click();
}

/**
 * @param {Page} page
 * @param {string} [view]
 * @returns {Locator}
 */
function treeLocator(page, view) {
  const tree = view === undefined ? '[role=tree]' : `[role=tree][aria-label=${quoted(view)}]`;
  return page.locator(`.part.sidebar .pane-body ${tree}`);
}

/**
 * @param {Page} page
 * @param {string} idOrText the id an extension gave the item, or words of its accessible label
 * @returns {Locator}
 */
export function statusItem(page, idOrText) {
  const byId = `.part.statusbar .statusbar-item[id$=${quoted(`.${idOrText}`)}]`;
  return page.locator(`${byId}, .part.statusbar .statusbar-item[aria-label*=${quoted(idOrText)}]`).first();
}

/**
 * The document inside a webview panel that is in view.
 *
 * @param {Page} page
 * @param {{ title?: string }} [options] the panel's title; by default the panel of the active editor group
 * @returns {Promise<FrameLocator>}
 */
export async function webview(page, { title } = {}) {
  const groups = page.locator('.part.editor .editor-group-container');
  const tab = page.locator(title === undefined ? '.tab.active' : `.tab[aria-label^=${quoted(title)}]`);
  const group = (title === undefined ? groups.and(page.locator('.active')) : groups).filter({ has: tab }).first();
  await group.locator(tab).first().waitFor();
  if (
    title !== undefined &&
    !(await group
      .locator(tab)
      .first()
      .evaluate((t) => t.classList.contains('active')))
  ) {
    await group.locator(tab).first().click();
  }
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

/**
 * @param {Page} page
 * @returns {Promise<string[]>} the titles of all open editors
 */
export function editorTabs(page) {
  return page.locator('.part.editor .tab .label-name').allTextContents();
}

/**
 * @param {Page} page
 * @returns {Promise<Notification[]>} the toasts in view, newest first
 */
export function notifications(page) {
  return page.locator('.notifications-toasts .notification-list-item').evaluateAll((items) =>
    items.map((item) => {
      const icon = item.querySelector('.notification-list-item-icon')?.className ?? '';
      return {
        severity: icon.includes('error') ? 'error' : icon.includes('warning') ? 'warning' : 'info',
        message: item.querySelector('.notification-list-item-message')?.textContent?.trim() ?? '',
        buttons: [...item.querySelectorAll('.notification-list-item-buttons-container .monaco-button')].map(
          (button) => button.textContent?.trim() ?? '',
        ),
      };
    }),
  );
}

/**
 * Presses a button of a toast.
 *
 * @param {Page} page
 * @param {string} button
 */
export async function pressNotificationButton(page, button) {
  const buttons = page.locator('.notifications-toasts .notification-list-item-buttons-container .monaco-button');
  await buttons
    .filter({ hasText: new RegExp(`^\\s*${escaped(button)}\\s*$`) })
    .first()
    .click();
}

/** @param {Page} page */
export async function clearNotifications(page) {
  await runCommand(page, 'Notifications: Clear All Notifications');
}

/**
 * @param {Page} page
 * @param {string} name as the theme picker shows it: `Dark Modern`, `Dark High Contrast`
 */
export async function setTheme(page, name) {
  await runCommand(page, 'Preferences: Color Theme');
  await waitForQuickInput(page, 'Select Color Theme');
  await page.locator(`${WIDGET} input.input`).fill(name);
  await quickPick(page, name);
  await page.locator(WIDGET).waitFor({ state: 'hidden' });
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * @param {string} text
 * @returns {string} a string of a CSS selector
 */
function quoted(text) {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
