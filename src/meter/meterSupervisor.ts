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
import { openProvenSocket, ProvenAgent, readShort, type MeterPlace } from './provenSocket';
import { endOwnerProcess, findOwnerProcess } from './ownerProcess';
import type { StartMessage } from './problem';
import { parseWatchLine, type EndReason } from './report';
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
const turnMs = 150;
const lastTurn = 3;
/** The requests that are under way may take ten seconds, and writing what waits some more. */
const stopLimitMs = 20_000;
/** A meter that dies again and again at once is not worth a process every moment. */
const shortLifeMs = 500;
const shortLivesInRow = 5;
const quietAfterMs = 3 * heartbeatMs;

const endTexts: Readonly<Record<Exclude<EndReason, 'stopped'> | 'gone', string>> = {
  moved: 'It moves to another port.',
  replaced: 'It ends, since a newer version of Flowmeter takes its place.',
  gone: 'It is gone; the next one takes over.',
};

/** `none`: there was no meter. `unanswered`: there is one, which may go on recording. */
export type StopOutcome = 'stopped' | 'none' | 'unanswered';

export class MeterSupervisor {
  private readonly listeners = new Set<(state: MeterState) => void>();
  private current: MeterState = { kind: 'off' };
  private hold: AbortController | undefined;
  private known: MeterPlace | undefined;
  /** Resolves when the process that this window started last has said what came of it. */
  private launching: Promise<unknown> | undefined;

  constructor(private readonly options: MeterSupervisorOptions) {}

  get state(): MeterState {
    return this.current;
  }

  /** The token of the meter that runs; undefined where none has proved itself. */
  get token(): string | undefined {
    return this.current.kind === 'running' ? this.known?.token : undefined;
  }

  /** Connections to the meter that runs now and to no other, each proved before it is used. */
  createAgent(maxSockets: number): ProvenAgent {
    const successionRank = this.current.kind === 'running' ? this.known : undefined;
    return new ProvenAgent(async () => {
      if (!successionRank) throw new Error('The meter does not run.');
      return (await openProvenSocket(successionRank)).socket;
    }, maxSockets);
  }

  onDidChange(listener: (state: MeterState) => void): Subscription {
    const own = (state: MeterState): void => listener(state);
    this.listeners.add(own);
    return { dispose: () => void this.listeners.delete(own) };
  }

  /** From now on there shall be a meter; starts one where none runs. Tries again at once where that failed before. */
  start(): void {
    if (this.hold && this.current.kind !== 'failed') return;
    this.hold?.abort();
    const hold = new AbortController();
    this.hold = hold;
    this.set({ kind: 'starting' });
    this.keep(hold.signal).catch((error: unknown) => {
      if (hold.signal.aborted) return;
      this.set({ kind: 'failed', problem: 'crashed', message: String(error) });
    });
  }

  /**
   * Stops the meter for every window, and waits until it has written everything. By force, the process of one that does not
   * answer is ended, with what it has not written, where it is known to be the meter.
   */
  async stop({ force = false } = {}): Promise<StopOutcome> {
    this.letGo();
    // One that is just starting can be asked once it is there.
    await this.launching;
    const outcome = await this.askToStop();
    const owner = outcome === 'stopped' ? undefined : await readOwner(this.options.folder);
    const found = owner && (await findOwnerProcess(owner));
    // Whoever takes connections there and says nothing is another program.
    if (found === 'gone') return 'none';
    if (!owner || found !== 'same' || !force) return outcome;
    this.say(`It does not answer, so its process is ended (pid ${owner.pid}).`);
    return (await endOwnerProcess(owner)) ? 'stopped' : 'unanswered';
  }

  private async askToStop(): Promise<StopOutcome> {
    const { folder } = this.options;
    const verification = await verifyOwner(folder);
    if (verification.kind === 'silent') return 'unanswered';
    if (verification.kind !== 'proven') return 'none';
    const { line: connection } = verification;
    const end = performance.now() + stopLimitMs;
    // One that is frozen from now on would be waited for without end.
    const patience = setTimeout(() => connection.close(), stopLimitMs);
    try {
      await readShort(await connection.ask('POST', meterPaths.stop));
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
      clearTimeout(patience);
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
    if (verification.kind !== 'proven') return;
    try {
      await this.hand(verification.line);
    } finally {
      verification.line.close();
    }
  }

  /** This window no longer watches; the meter goes on for the others, and ends some time after the last of them. */
  dispose(): void {
    this.letGo();
    this.listeners.clear();
  }

  private letGo(): void {
    this.hold?.abort();
    this.hold = undefined;
    this.set({ kind: 'off' });
  }

  private async command(path: string, body?: unknown, onAnswer?: (text: string) => void): Promise<boolean> {
    const verification = await verifyOwner(this.options.folder);
    if (verification.kind !== 'proven') return false;
    try {
      const text = await readShort(await verification.line.ask('POST', path, body));
      onAnswer?.(text);
      return true;
    } finally {
      verification.line.close();
    }
  }

  private async keep(signal: AbortSignal): Promise<void> {
    let turn = 0;
    let shortLives = 0;
    let toReplace: number | undefined;
    while (!signal.aborted) {
      const connection = await this.findOwner(turn, signal);
      if (signal.aborted) {
        connection?.close();
        return;
      }
      // Each older meter is to be replaced once: where that fails, it is better than none.
      const replaces = connection !== undefined && connection.owner.pid !== toReplace && isOlder(connection, version);
      if (replaces) {
        toReplace = connection.owner.pid;
        this.say(`Version ${version} takes the place of ${connection.version ?? 'an earlier one'} (pid ${toReplace}).`);
        connection.close();
      }
      if (!connection || replaces) {
        const message = await this.launch(signal);
        if (signal.aborted) return;
        if (message.kind === 'failed') {
          this.say(`It could not start: ${message.message}`);
          if (!replaces) {
            this.set(message);
            await delay(retryMs, undefined, { signal }).catch(() => undefined);
          }
        }
        turn = 0;
        continue;
      }
      const begun = performance.now();
      const { endReason, successionRank } = await this.watch(connection, signal);
      if (signal.aborted) return;
      if (endReason === 'stopped') {
        this.say('It was stopped.');
        this.letGo();
        return;
      }
      this.say(endTexts[endReason ?? 'gone']);
      this.set({ kind: 'starting' });
      // The newer process is there already, and only has to be found.
      turn = endReason === 'replaced' ? lastTurn : Math.min(successionRank, lastTurn);
      shortLives = endReason === undefined && performance.now() - begun < shortLifeMs ? shortLives + 1 : 0;
      if (shortLives < shortLivesInRow) continue;
      this.set({ kind: 'failed', problem: 'crashed', message: 'The meter ends again and again after it has started.' });
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The meter that runs, looked for until it is this window's turn to start one. */
  private async findOwner(turn: number, signal: AbortSignal): Promise<VerifiedConnection | undefined> {
    const end = performance.now() + turn * turnMs;
    for (;;) {
      const verification = await verifyOwner(this.options.folder);
      if (verification.kind === 'proven') return verification.line;
      const left = end - performance.now();
      if (left <= 0 || signal.aborted) return undefined;
      await delay(Math.min(left, 50), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Starts a process, and waits for what it says for as long as this window wants a meter. */
  private launch(signal: AbortSignal): Promise<StartMessage> {
    const givenUp = new Promise<StartMessage>((resolve) => {
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
    return Promise.race([launched, givenUp]);
  }

  /** Follows the meter until it names its end or is gone. */
  private async watch(
    connection: VerifiedConnection,
    signal: AbortSignal,
  ): Promise<{ endReason?: EndReason; successionRank: number }> {
    let successionRank = 0;
    let said: readonly string[] = [];
    let endReason: EndReason | undefined;
    let answer: IncomingMessage | undefined;
    let silence: NodeJS.Timeout | undefined;
    const onAbort = (): void => connection.close();
    signal.addEventListener('abort', onAbort, { once: true });
    const quiet = (): void => {
      if (this.current.kind !== 'running' || signal.aborted) return;
      this.say('It says nothing.');
      this.set({ ...this.current, quiet: true });
    };
    try {
      await this.hand(connection);
      answer = await connection.ask('GET', meterPaths.watch);
      if (answer.statusCode !== 200) throw new Error(`The meter answered ${answer.statusCode}.`);
      for await (const text of createInterface({ input: answer, crlfDelay: Infinity })) {
        if (signal.aborted) break;
        const word = parseWatchLine(text);
        if (!word) continue;
        if ('endReason' in word) {
          endReason = word.endReason;
          continue;
        }
        clearTimeout(silence);
        silence = setTimeout(quiet, quietAfterMs);
        if (this.current.kind !== 'running') this.say(`It runs with pid ${word.report.pid}.`);
        for (const note of word.report.notes) if (!said.includes(note)) this.say(note);
        said = word.report.notes;
        successionRank = word.report.successionRank;
        this.known = { apiPort: connection.owner.apiPort, token: connection.token };
        this.set({ kind: 'running', url: connection.url, report: word.report, quiet: false });
      }
    } catch (error) {
      if (!signal.aborted) this.say(`The connection ended: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', onAbort);
      answer?.destroy();
      connection.close();
    }
    return { successionRank, ...(endReason ? { endReason } : {}) };
  }

  private async hand(connection: VerifiedConnection): Promise<void> {
    if (!this.options.secrets) return;
    // A keyring may take longer to open than the meter keeps a connection on which no token came.
    await readShort(await connection.ask('GET', serverInfoPath(defaultApiVersion)));
    const secrets = await this.options.secrets();
    if (Object.keys(secrets.appSecrets).length === 0 && !secrets.alerts) return;
    const answer = await connection.ask('POST', meterPaths.secrets, secrets);
    await readShort(answer);
    if (answer.statusCode !== 200) this.say(`It did not take the secrets (${answer.statusCode}).`);
  }

  private set(state: MeterState): void {
    if (state.kind === 'off' && this.current.kind === 'off') return;
    this.current = state;
    for (const listener of [...this.listeners]) listener(state);
  }

  private say(text: string): void {
    this.options.log?.(`Meter: ${text}`);
  }
}
