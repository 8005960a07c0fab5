import { readRegularFile } from '../process/regularFile';
import type { CheckedFlow, Checker, CheckerOptions } from '../recorder/checker';
import { parsePublicKey } from '../recorder/ping/publicKey';
import type { MeterFlow } from './settings';

/** A keyring that asks a person first may keep a window's secrets back for long; then checks begin without them. */
const secretsLimitMs = 30_000;

/**
 * The availability checks of the meter's flows: those whose public key is known. They begin once a window has handed over
 * its app secrets, since an endpoint that verifies signatures would fail a check that none has signed.
 */
export class Checks {
  private readonly checker: Pick<Checker, 'setFlows'>;
  private flows: readonly CheckedFlow[] = [];
  private readonly appSecrets = new Map<string, string>();
  private keyProblems: readonly string[] = [];
  private lastError: string | undefined;
  private lastRead = 0;
  private isHeld = true;
  private isClosed = false;
  private readonly secretsTimer: NodeJS.Timeout;

  constructor(
    start: (options: Pick<CheckerOptions, 'flows' | 'onError'>) => Pick<Checker, 'setFlows'>,
    limitMs = secretsLimitMs,
  ) {
    const onError = (error: unknown): void => void (this.lastError = `A check could not be recorded: ${String(error)}`);
    this.checker = start({ flows: [], onError });
    this.secretsTimer = setTimeout(() => this.takeSecrets({}), limitMs).unref();
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

  /** Adds app secrets by flow id; an empty one is forgotten. The checks begin with the first call. */
  takeSecrets(secrets: Readonly<Record<string, string>>): void {
    if (this.isClosed) return;
    this.isHeld = false;
    clearTimeout(this.secretsTimer);
    for (const [id, secret] of Object.entries(secrets)) {
      if (secret === '') this.appSecrets.delete(id);
      else this.appSecrets.set(id, secret);
    }
    this.apply();
  }

  /** No check begins any more; who started the checker ends those that run. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.secretsTimer);
  }

  private apply(): void {
    if (this.isHeld || this.isClosed) return;
    this.checker.setFlows(
      this.flows.map((flow) => {
        const appSecret = this.appSecrets.get(flow.id);
        return appSecret === undefined ? flow : { ...flow, appSecret };
      }),
    );
  }
}
