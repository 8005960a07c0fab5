/** Everything that can be read on screen, to look for what nobody should read. */
import type { Page } from 'playwright-core';

/** Left over where a value, a sentence or a title is missing. */
export const leftovers =
  /\bundefined\b|\bNaN\b|\[object|Invalid Date|\{\d\}|%(command|setting|view|welcome)\.|\bInfinity\b/;

/** Texts of the workbench and of every page in it. */
export async function readable(page: Page): Promise<string[]> {
  const texts: string[] = [];
  for (const frame of page.frames()) {
    const text = await frame
      .evaluate(() => {
        const labels = [...document.querySelectorAll('[aria-label], [title]')].map(
          (element) => `${element.getAttribute('aria-label') ?? ''} ${element.getAttribute('title') ?? ''}`,
        );
        return [document.body?.innerText ?? '', ...labels].join('\n');
      })
      // A frame may go while it is read.
      .catch(() => '');
    texts.push(text);
  }
  return texts;
}
