import type { TestResult } from './testResult.ts';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** For the list at the end. */
  readonly failures: readonly string[];
}

/** Prints the steps of a run as they go, and what they counted at its end. */
export class StepReport {
  readonly #started = Date.now();
  readonly #outcomes: Outcome[] = [];

  /** True where nothing of the step failed. A step that throws has failed. */
  async step(headline: string, body: () => Promise<Outcome>, how = ''): Promise<boolean> {
    const begun = Date.now();
    console.log(`\n== ${headline}${how}`);
    const { passed, failed, failures } = await body().catch((error: unknown) => {
      console.error(error);
      return checked(false, 'it broke off');
    });
    this.#outcomes.push({ passed, failed, failures: failures.map((failure) => `${headline}: ${failure}`) });
    console.log(`== ${headline}: ${passed} passed, ${failed} failed, ${secondsSince(begun)}`);
    return failed === 0;
  }

  /** The exit code of the run. */
  end(): 0 | 1 {
    const sum = (key: 'passed' | 'failed'): number =>
      this.#outcomes.reduce((total, outcome) => total + outcome[key], 0);
    console.log(`\n${secondsSince(this.#started)} in all`);
    for (const failure of this.#outcomes.flatMap(({ failures }) => failures)) console.log(`failed: ${failure}`);
    console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
    return sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
  }
}

/** The outcome of a step that counts as one check. */
export function checked(isGood: boolean, failure = ''): Outcome {
  return isGood ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [failure] };
}

/** The outcome of a step of tests. That none ran, that they broke off or that one was skipped is a failure too. */
export function tested(code: number | undefined, result: TestResult | undefined, allowSkips: boolean): Outcome {
  const { passed, failed, pending } = result ?? { passed: 0, failed: 0, pending: [] };
  const skipped = pending.map((title) => `skipped: ${title}`);
  for (const line of skipped) console.log(line);
  const failures = allowSkips ? [] : skipped;
  if (passed + failed === 0) failures.push('no test ran');
  else if (code !== 0 && failed === 0) failures.push(`it ended with code ${code}`);
  const count = failed + failures.length;
  return { passed, failed: count, failures: failed > 0 ? [`${failed} tests`, ...failures] : failures };
}

function secondsSince(time: number): string {
  return `${((Date.now() - time) / 1000).toFixed(1)} s`;
}
