/** The availability checks of the meter's flows: those whose public key is known. */
import { startChecker, type CheckedFlow, type Checker } from '../recorder/checker';
import { readRegularFile } from '../process/regularFile';
import { readPublicKey } from '../recorder/ping/publicKey';
import type { MeterFlow } from './settings';
import type { EventSink } from '../contract/event';

export interface ChecksOptions {
  readonly sink: EventSink;
  readonly intervalMs?: number;
}

export class Checks {
  private readonly checker: Checker;
  private flows: readonly CheckedFlow[] = [];
  private secrets = new Map<string, string>();
  private found: readonly string[] = [];
  private lastError: string | undefined;
  private readings = 0;

  constructor(options: ChecksOptions) {
    const onError = (error: unknown): void => void (this.lastError = `A check could not be recorded: ${String(error)}`);
    this.checker = startChecker({ flows: [], ...options, onError });
  }

  /** Keys that could not be read, a sentence for each, and what else went wrong. */
  get problems(): readonly string[] {
    return this.lastError === undefined ? this.found : [...this.found, this.lastError];
  }

  async setFlows(flows: readonly MeterFlow[]): Promise<void> {
    const reading = ++this.readings;
    const problems: string[] = [];
    const checked: CheckedFlow[] = [];
    for (const { id, upstream, publicKeyFile } of flows) {
      if (publicKeyFile === undefined) continue;
      const pem = (await readRegularFile(publicKeyFile).catch(() => undefined))?.toString('utf8');
      const key = pem === undefined ? undefined : readPublicKey(pem);
      if (key?.ok) checked.push({ id, upstream, publicKey: key.key });
      else problems.push(`Flow ${id} is not checked: ${key?.problem ?? `${publicKeyFile} cannot be read.`}`);
    }
    // Other flows came while the keys were read: the later word counts, whichever files took longer.
    if (reading !== this.readings) return;
    this.found = problems;
    this.flows = checked;
    this.apply();
  }

  /** Adds app secrets by flow id; an empty one forgets. */
  takeSecrets(secrets: Readonly<Record<string, string>>): void {
    for (const [id, secret] of Object.entries(secrets)) {
      if (secret === '') this.secrets.delete(id);
      else this.secrets.set(id, secret);
    }
    this.apply();
  }

  close(): void {
    this.checker.close();
  }

  private apply(): void {
    this.checker.setFlows(
      this.flows.map((flow) => {
        const appSecret = this.secrets.get(flow.id);
        return appSecret === undefined ? flow : { ...flow, appSecret };
      }),
    );
  }
}
