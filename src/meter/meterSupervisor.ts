/**
 * A window's hold on the meter: finds the one that runs, watches it, starts one where there is none, and starts the next
 * one when it dies. Holds for any number of windows at once, for the recorder's port goes to one process only.
 */
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { version } from '../../package.json';
import { serverInfoPath, defaultApiVersion } from '../contract/routes';
import type { MeterSecrets, MeterState } from '../domain/meterState';
import { makePrivateFolder } from '../process/privateFiles';
import { readOwner } from './folder';
import { isOlder, verifyOwner, meterPaths, type VerifiedConnection } from './identity';
import { launchMeter, type LaunchOptions } from './launch';
import { openVerifiedSocket, VerifiedAgent, readShort, type MeterEndpoint } from './verifiedSocket';
import { endOwnerProcess, findOwnerProcess } from './ownerProcess';
import type { StartMessage } from './startMessage';
import { parseWatchLine, type EndReason } from './watchLine';
import { heartbeatMs } from './watchers';

export interface MeterSupervisorOptions extends LaunchOptions {
  /** Handed over on each start; they are in no file and no argument. */
  readonly secrets?: () => Promise<MeterSecrets>;
  readonly log?: (connection: string) => void;
}

interface Subscription {
  dispose(): void;
}

/** After a start that failed, the next one comes this much later. */
const retryMs = 5_000;
/** Those who watched longer begin earlier, so that not every window starts a process at once. */
const successionMs = 150;
const lastRank = 3;
/** The requests that are under way may take ten seconds, and writing what waits some more. */
const stopLimitMs = 20_000;
/** A meter that dies again and again at once is not worth a process every moment. */
const quickEndMs = 500;
const maxQuickEnds = 5;
const heartbeatLimitMs = 3 * heartbeatMs;

const endTexts: Readonly<Record<Exclude<EndReason, 'stopped'> | 'gone', string>> = {
  moved: 'It moves to another port.',
  replaced: 'It ends, since a newer version of Flowmeter takes its place.',
  gone: 'It is gone; the next one takes over.',
};

/** `none`: there was no meter. `unanswered`: there is one, which may go on recording. */
type StopOutcome = 'stopped' | 'none' | 'unanswered';

export class MeterSupervisor {
  private readonly listeners = new Set<(state: MeterState) => void>();
  private current: MeterState = { kind: 'off' };
  private lease: AbortController | undefined;
  private endpoint: MeterEndpoint | undefined;
  /** Resolves when the process that this window started last has said what came of it. */
  private launching: Promise<unknown> | undefined;

  constructor(private readonly options: MeterSupervisorOptions) {}

  get state(): MeterState {
    return this.current;
  }

  /** The token of the meter that runs; undefined where none has proved itself. */
  get token(): string | undefined {
    return this.current.kind === 'running' ? this.endpoint?.token : undefined;
  }

  /** Connections to the meter that runs now and to no other, each proved before it is used. */
  createAgent(maxSockets: number): VerifiedAgent {
    const endpoint = this.current.kind === 'running' ? this.endpoint : undefined;
    return new VerifiedAgent(async () => {
      if (!endpoint) throw new Error('The meter does not run.');
      return (await openVerifiedSocket(endpoint)).socket;
    }, maxSockets);
  }

  onDidChange(listener: (state: MeterState) => void): Subscription {
    const entry = (state: MeterState): void => listener(state);
    this.listeners.add(entry);
    return { dispose: () => void this.listeners.delete(entry) };
  }

  /** From now on there shall be a meter; starts one where none runs. Tries again at once where that failed before. */
  start(): void {
    if (this.lease && this.current.kind !== 'failed') return;
    this.lease?.abort();
    const lease = new AbortController();
    this.lease = lease;
    this.set({ kind: 'starting' });
    this.supervise(lease.signal).catch((error: unknown) => {
      if (lease.signal.aborted) return;
      this.set({ kind: 'failed', problem: 'crashed', message: String(error) });
    });
  }

  /**
   * Stops the meter for every window, and waits until it has written everything. By force, the process of one that does not
   * answer is ended, with what it has not written, where it is known to be the meter.
   */
  async stop({ force = false } = {}): Promise<StopOutcome> {
    this.release();
    // One that is just starting can be asked once it is there.
    await this.launching;
    const outcome = await this.requestStop();
    const owner = outcome === 'stopped' ? undefined : await readOwner(this.options.folder);
    const found = owner && (await findOwnerProcess(owner));
    // A program that takes connections there and does not answer is another one.
    if (found === 'gone') return 'none';
    if (!owner || found !== 'same' || !force) return outcome;
    this.log(`It does not answer, so its process is ended (pid ${owner.pid}).`);
    return (await endOwnerProcess(owner)) ? 'stopped' : 'unanswered';
  }

  private async requestStop(): Promise<StopOutcome> {
    const { folder } = this.options;
    const verification = await verifyOwner(folder);
    if (verification.kind === 'unresponsive') return 'unanswered';
    if (verification.kind !== 'verified') return 'none';
    const { connection } = verification;
    const end = performance.now() + stopLimitMs;
    // One that is frozen from now on would be waited for without end.
    const deadline = setTimeout(() => connection.close(), stopLimitMs);
    try {
      await readShort(await connection.send('POST', meterPaths.stop));
      // The record of another process is that of the next meter.
      while ((await readOwner(folder))?.pid === connection.owner.pid) {
        if (performance.now() > end) return 'unanswered';
        await delay(50);
      }
      return 'stopped';
    } catch {
      // It may have ended as it was asked; whoever is there now is no longer it.
      return (await verifyOwner(folder)).kind === 'none' ? 'stopped' : 'unanswered';
    } finally {
      clearTimeout(deadline);
      connection.close();
    }
  }

  /** The meter reads `meter.json` again. Resolves to what is wrong with it, where something is. */
  async reload(): Promise<string | undefined> {
    let problem: string | undefined;
    await this.command(meterPaths.reload, undefined, (text) => {
      const { error } = JSON.parse(text) as { error?: { message?: string } };
      problem = error?.message;
    });
    return problem;
  }

  /** The meter that runs takes no alerts of Meta any more; false where none answered. */
  async forgetAlerts(): Promise<boolean> {
    return this.command(meterPaths.secrets, { alerts: null });
  }

  /** The meter that runs signs the flow's checks no more; false where none answered. */
  async forgetAppSecret(flowId: string): Promise<boolean> {
    return this.command(meterPaths.secrets, { appSecrets: { [flowId]: '' } });
  }

  /** Hands the secrets over to the meter that runs. */
  async shareSecrets(): Promise<void> {
    const verification = await verifyOwner(this.options.folder);
    if (verification.kind !== 'verified') return;
    try {
      await this.sendSecrets(verification.connection);
    } finally {
      verification.connection.close();
    }
  }

  /** This window no longer watches; the meter goes on for the others, and ends some time after the last of them. */
  dispose(): void {
    this.release();
    this.listeners.clear();
  }

  private release(): void {
    this.lease?.abort();
    this.lease = undefined;
    this.set({ kind: 'off' });
  }

  private async command(path: string, body?: unknown, onAnswer?: (text: string) => void): Promise<boolean> {
    const verification = await verifyOwner(this.options.folder);
    if (verification.kind !== 'verified') return false;
    try {
      const text = await readShort(await verification.connection.send('POST', path, body));
      onAnswer?.(text);
      return true;
    } finally {
      verification.connection.close();
    }
  }

  private async supervise(signal: AbortSignal): Promise<void> {
    let rank = 0;
    let quickEnds = 0;
    let toReplace: number | undefined;
    while (!signal.aborted) {
      const connection = await this.findOwner(rank, signal);
      if (signal.aborted) {
        connection?.close();
        return;
      }
      // Each older meter is to be replaced once: where that fails, it is better than none.
      const replaces = connection !== undefined && connection.owner.pid !== toReplace && isOlder(connection, version);
      if (replaces) {
        toReplace = connection.owner.pid;
        this.log(`Version ${version} takes the place of ${connection.version ?? 'an earlier one'} (pid ${toReplace}).`);
        connection.close();
      }
      if (!connection || replaces) {
        const message = await this.launch(signal);
        if (signal.aborted) return;
        if (message.kind === 'failed') {
          this.log(`It could not start: ${message.message}`);
          if (!replaces) {
            this.set(message);
            await delay(retryMs, undefined, { signal }).catch(() => undefined);
          }
        }
        rank = 0;
        continue;
      }
      const begun = performance.now();
      const { endReason, successionRank } = await this.watch(connection, signal);
      if (signal.aborted) return;
      if (endReason === 'stopped') {
        this.log('It was stopped.');
        this.release();
        return;
      }
      this.log(endTexts[endReason ?? 'gone']);
      this.set({ kind: 'starting' });
      // The newer process is there already, and only has to be found.
      rank = endReason === 'replaced' ? lastRank : Math.min(successionRank, lastRank);
      quickEnds = endReason === undefined && performance.now() - begun < quickEndMs ? quickEnds + 1 : 0;
      if (quickEnds < maxQuickEnds) continue;
      this.set({ kind: 'failed', problem: 'crashed', message: 'The meter ends again and again after it has started.' });
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The meter that runs, looked for until it is this window's turn to start one. */
  private async findOwner(rank: number, signal: AbortSignal): Promise<VerifiedConnection | undefined> {
    const end = performance.now() + rank * successionMs;
    for (;;) {
      const verification = await verifyOwner(this.options.folder);
      if (verification.kind === 'verified') return verification.connection;
      const left = end - performance.now();
      if (left <= 0 || signal.aborted) return undefined;
      await delay(Math.min(left, 50), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Starts a process, and waits for what it says for as long as this window wants a meter. */
  private launch(signal: AbortSignal): Promise<StartMessage> {
    const aborted = new Promise<StartMessage>((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'elsewhere' }), { once: true });
    });
    const launched = makePrivateFolder(this.options.folder).then(
      () => (signal.aborted ? { kind: 'elsewhere' as const } : launchMeter(this.options, signal)),
      ({ code }: NodeJS.ErrnoException): StartMessage => {
        const message = `${this.options.folder} cannot be made (${code}).`;
        return { kind: 'failed', problem: 'store', message };
      },
    );
    this.launching = launched;
    return Promise.race([launched, aborted]);
  }

  /** Follows the meter until it names its end or is gone. */
  private async watch(
    connection: VerifiedConnection,
    signal: AbortSignal,
  ): Promise<{ endReason?: EndReason; successionRank: number }> {
    let successionRank = 0;
    let loggedNotes: readonly string[] = [];
    let endReason: EndReason | undefined;
    let answer: IncomingMessage | undefined;
    let heartbeatTimer: NodeJS.Timeout | undefined;
    const onAbort = (): void => connection.close();
    signal.addEventListener('abort', onAbort, { once: true });
    const onHeartbeatMissed = (): void => {
      if (this.current.kind !== 'running' || signal.aborted) return;
      this.log('It says nothing.');
      this.set({ ...this.current, unresponsive: true });
    };
    try {
      await this.sendSecrets(connection);
      answer = await connection.send('GET', meterPaths.watch);
      if (answer.statusCode !== 200) throw new Error(`The meter answered ${answer.statusCode}.`);
      for await (const text of createInterface({ input: answer, crlfDelay: Infinity })) {
        if (signal.aborted) break;
        const line = parseWatchLine(text);
        if (!line) continue;
        if ('endReason' in line) {
          endReason = line.endReason;
          continue;
        }
        clearTimeout(heartbeatTimer);
        heartbeatTimer = setTimeout(onHeartbeatMissed, heartbeatLimitMs);
        if (this.current.kind !== 'running') this.log(`It runs with pid ${line.report.pid}.`);
        for (const note of line.report.notes) if (!loggedNotes.includes(note)) this.log(note);
        loggedNotes = line.report.notes;
        successionRank = line.report.successionRank;
        this.endpoint = { apiPort: connection.owner.apiPort, token: connection.token };
        this.set({ kind: 'running', url: connection.url, report: line.report, unresponsive: false });
      }
    } catch (error) {
      if (!signal.aborted) this.log(`The connection ended: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    } finally {
      clearTimeout(heartbeatTimer);
      signal.removeEventListener('abort', onAbort);
      answer?.destroy();
      connection.close();
    }
    return { successionRank, ...(endReason ? { endReason } : {}) };
  }

  private async sendSecrets(connection: VerifiedConnection): Promise<void> {
    if (!this.options.secrets) return;
    // A keyring may take longer to open than the meter keeps a connection on which no token came.
    await readShort(await connection.send('GET', serverInfoPath(defaultApiVersion)));
    // Also where there are none: checks wait for them.
    const secrets = await this.options.secrets();
    const answer = await connection.send('POST', meterPaths.secrets, secrets);
    await readShort(answer);
    if (answer.statusCode !== 200) this.log(`It did not take the secrets (${answer.statusCode}).`);
  }

  private set(state: MeterState): void {
    if (state.kind === 'off' && this.current.kind === 'off') return;
    this.current = state;
    for (const listener of [...this.listeners]) listener(state);
  }

  private log(text: string): void {
    this.options.log?.(`Meter: ${text}`);
  }
}
