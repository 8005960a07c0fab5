import { readRegularFile } from '../process/regularFile';
import type { CheckedFlow, Checker, CheckerOptions } from '../recorder/checker';
import { parsePublicKey } from '../recorder/ping/publicKey';
import type { MeterFlow } from './settings';

/** The availability checks of the meter's flows: those whose public key is known. */
export class Checks {
  private readonly checker: Pick<Checker, 'setFlows'>;
  private flows: readonly CheckedFlow[] = [];
  private readonly appSecrets = new Map<string, string>();
  private keyProblems: readonly string[] = [];
  private lastError: string | undefined;
  private lastRead = 0;

  constructor(start: (options: Pick<CheckerOptions, 'flows' | 'onError'>) => Pick<Checker, 'setFlows'>) {
    const onError = (error: unknown): void => void (this.lastError = `A check could not be recorded: ${String(error)}`);
    this.checker = start({ flows: [], onError });
  }

  /** A sentence for each key that could not be read, and for the last check that could not be recorded. */
  get problems(): readonly string[] {
    return this.lastError === undefined ? this.keyProblems : [...this.keyProblems, this.lastError];
  }

  async setFlows(flows: readonly MeterFlow[]): Promise<void> {
    const thisRead = ++this.lastRead;
    const problems: string[] = [];
    const checked: CheckedFlow[] = [];
    for (const { id, upstream, publicKeyFile } of flows) {
      if (publicKeyFile === undefined) continue;
      const pem = (await readRegularFile(publicKeyFile).catch(() => undefined))?.toString('utf8');
      const key = pem === undefined ? undefined : parsePublicKey(pem);
      if (key?.ok) checked.push({ id, upstream, publicKey: key.value });
      else problems.push(`Flow ${id} is not checked: ${key?.problem ?? `${publicKeyFile} cannot be read.`}`);
    }
    // Flows that were set while the keys were read are the newer ones, whichever files took longer.
    if (thisRead !== this.lastRead) return;
    this.keyProblems = problems;
    this.flows = checked;
    this.apply();
  }

  /** Adds app secrets by flow id; an empty one is forgotten. */
  takeSecrets(secrets: Readonly<Record<string, string>>): void {
    for (const [id, secret] of Object.entries(secrets)) {
      if (secret === '') this.appSecrets.delete(id);
      else this.appSecrets.set(id, secret);
    }
    this.apply();
  }

  private apply(): void {
    this.checker.setFlows(
      this.flows.map((flow) => {
        const appSecret = this.appSecrets.get(flow.id);
        return appSecret === undefined ? flow : { ...flow, appSecret };
      }),
    );
  }
}
