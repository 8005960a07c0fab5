/** The dashboard panel, as a person uses it. */
import type { FrameLocator, Page } from 'playwright-core';
import { webview } from '../../scripts/editor/workbench';
import type { MetricName } from '../../src/contract/metric';
import { eventuallyEqual } from './lab';

export type States = readonly string[];

export class Panel {
  private constructor(readonly frame: FrameLocator) {}

  /** The panel of the flow, once its page is there. */
  static async of(page: Page, flow: string): Promise<Panel> {
    const panel = new Panel(await webview(page, { title: flow }));
    await panel.frame.locator('h1', { hasText: flow }).waitFor();
    return panel;
  }

  /** The panel in view, whatever its title. */
  static async inView(page: Page): Promise<Panel> {
    const panel = new Panel(await webview(page));
    await panel.frame.locator('h1').waitFor();
    return panel;
  }

  /** The states of the five sections, in their order. */
  states(): Promise<string[]> {
    return this.frame
      .locator('section[data-metric]')
      .evaluateAll((sections) => sections.map((section) => section.getAttribute('data-state') ?? ''));
  }

  reaches(state: string): Promise<void> {
    return this.reach([state, state, state, state, state]);
  }

  reach(states: States): Promise<void> {
    return eventuallyEqual(() => this.states(), [...states]);
  }

  /** What is chosen among the granularities or the periods. */
  chosen(group: 'Granularity' | 'Period'): Promise<string> {
    return this.frame.locator(`input[type=radio][name="${group}"]:checked + span`).innerText();
  }

  async choose(label: string): Promise<void> {
    await this.frame.locator('.segments label', { hasText: new RegExp(`^\\s*${label}\\s*$`) }).click();
  }

  /** The chosen days, first and last. */
  async dates(): Promise<[string, string]> {
    const inputs = this.frame.locator('input[type=date]');
    return [await inputs.nth(0).inputValue(), await inputs.nth(1).inputValue()];
  }

  /** A section's table, head and body, whether or not it is shown. */
  table(metric: MetricName): Promise<{ head: string[]; rows: string[][] }> {
    return this.frame.locator(`section[data-metric=${metric}] table`).evaluate((table) => {
      const cells = (row: Element): string[] => [...row.children].map((cell) => cell.textContent ?? '');
      return {
        head: cells(table.querySelector('thead tr')!),
        rows: [...table.querySelectorAll('tbody tr')].map(cells),
      };
    });
  }

  /** The period's figure in a section's head. */
  figure(metric: MetricName): Promise<string> {
    return this.frame.locator(`section[data-metric=${metric}] .figure`).innerText();
  }

  /** Waits until nothing is being read and everything is drawn. */
  async drawn(): Promise<void> {
    await this.frame.locator('.progress').waitFor({ state: 'hidden' });
    await this.frame
      .locator('body')
      .evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  text(): Promise<string> {
    return this.frame.locator('body').innerText();
  }

  /** What of the page goes beyond its width, or loses letters of its text. */
  cutOff(): Promise<string[]> {
    return this.frame.locator('body').evaluate((body) => {
      const found: string[] = [];
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth > width)
        found.push(`the page is ${document.documentElement.scrollWidth} wide`);
      for (const element of body.querySelectorAll<HTMLElement>('*')) {
        // Tables scroll inside their box, and what only a screen reader reads takes no room.
        if (element.closest('.tablebox, .sr') || element.offsetParent === null) continue;
        const box = element.getBoundingClientRect();
        const name = `${element.tagName.toLowerCase()}.${element.className}`;
        if (box.right > width + 1) found.push(`${name} ends at ${Math.round(box.right)} of ${width}`);
        const style = getComputedStyle(element);
        const cuts = style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
        // What is shortened on purpose says the whole in its title.
        if (cuts && element.innerText.trim() !== '' && !element.title)
          found.push(`${name} cuts "${element.innerText}"`);
      }
      return found;
    });
  }
}
