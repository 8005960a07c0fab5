import { readFile } from 'node:fs/promises';

/** What mochaReporter.cjs writes. */
export interface TestResult {
  readonly passed: number;
  readonly failed: number;
  /** Titles of the tests that were skipped. */
  readonly pending: readonly string[];
}

/** Undefined where the tests did not come to their end. */
export async function readTestResult(file: string): Promise<TestResult | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as TestResult);
}
