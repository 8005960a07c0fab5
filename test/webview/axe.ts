/** What axe-core finds against a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Stage } from './stage';

const source = readFileSync(
  createRequire(path.join(process.cwd(), 'package.json')).resolve('axe-core/axe.min.js'),
  'utf8',
);

/** `runOnly`: the names of the rules, else all of them. */
export async function violations({ page }: Stage, runOnly?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  return page.evaluate(async (rules) => {
    const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
    // Long tables repeat themselves, and would take seconds: their later rows leave the page meanwhile.
    const left = [...document.querySelectorAll('tbody')].map((body) => {
      const rows = [...body.rows].slice(40);
      for (const row of rows) row.remove();
      return () => body.append(...rows);
    });
    // Nodes that are in order need no description.
    const results = await axe.run({ resultTypes: ['violations'], ...(rules ? { runOnly: rules } : {}) });
    for (const comeBack of left) comeBack();
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  }, runOnly);
}
