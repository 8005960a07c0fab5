import type { Agent } from 'node:http';
import path from 'node:path';
import { EventEmitter, l10n } from 'vscode';
import { MetricsError } from '../../contract/errors';
import { withoutDetails } from '../../util/repeatedLines';
import type { MeterSecrets, MeterState } from '../../domain/meterState';
import type { MeterSupervisor } from '../../meter/meterSupervisor';
import { UserFacingError } from '../util/userFacingError';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from '../app/log';

interface MeterHostParts {
  /** The folder that all windows share for it. */
  readonly folder: string;
  /** The bundle of the meter's process. */
  readonly script: string;
  /** The secrets handed over to the meter. */
  readonly secrets: () => Promise<MeterSecrets>;
  readonly log: Log;
}

/** Where a running meter answers. */
export interface MeterAddress {
  readonly url: string;
  readonly token: string;
  /** For connections to it, each of which is proved before it is used. */
  readonly createAgent: (maxSockets: number) => Agent;
}

/** A first start waits for a process, the store's file and maybe another window's turn. */
const timeoutMs = 15_000;

/** The meter as this window knows it. Nothing of it is loaded, and no process started, before somebody needs it. */
export class MeterHost {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new EventEmitter<MeterState>());
  private loaded: Promise<MeterSupervisor> | undefined;
  private supervisor: MeterSupervisor | undefined;
  /** A person said stop, here or in another window: only a person starts it again. */
  private stopped = false;
  private stopping = false;
  private disposed = false;
  readonly onDidChange = this.changed.event;

  constructor(private readonly parts: MeterHostParts) {}

  get state(): MeterState {
    return this.supervisor?.state ?? { kind: 'off' };
  }

  get folder(): string {
    return this.parts.folder;
  }

  /** True where it is off because a person wanted it so, and not because nobody has needed it yet. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Starts it where nothing speaks against it, and waits; rejects with a `MetricsError` where there is none. */
  async address(): Promise<MeterAddress> {
    if (this.stopped) throw unreachable('The meter is stopped.');
    const supervisor = await this.supervise();
    if (this.stopped || this.disposed) throw unreachable('The meter is stopped.');
    // A failed start is retried by itself; a read does not hurry it.
    if (supervisor.state.kind !== 'failed') supervisor.start();
    const state = await this.settled(supervisor);
    const { token } = supervisor;
    if (state.kind !== 'running' || token === undefined) {
      throw unreachable(state.kind === 'failed' ? state.message : 'The meter does not run.');
    }
    return { url: state.url, token, createAgent: (maxSockets) => supervisor.createAgent(maxSockets) };
  }

  /** A person wants it. Resolves to what came of it. */
  async start(): Promise<MeterState> {
    this.stopped = false;
    const supervisor = await this.supervise();
    supervisor.start();
    return this.settled(supervisor);
  }

  /**
   * Stops it for every window, and waits until it is gone; rejects for a person to read where it does not answer. By force, a
   * process that is known to be the meter is ended then.
   */
  async stop(options: { readonly force?: boolean } = {}): Promise<void> {
    this.stopped = true;
    this.stopping = true;
    try {
      const supervisor = await this.supervise();
      if ((await supervisor.stop(options)) !== 'unanswered') return;
    } finally {
      this.stopping = false;
      this.changed.fire(this.state);
    }
    throw new UserFacingError(
      l10n.t(
        'The meter does not answer and could not be stopped, so it may still be recording. Try again, or end its process.',
      ),
    );
  }

  /** This window needs the meter no longer; other windows may. */
  release(): void {
    const { supervisor } = this;
    this.stopped = false;
    this.supervisor = undefined;
    this.loaded = undefined;
    supervisor?.dispose();
  }

  /** Lets a running meter take over its settings and secrets; resolves to the problem with the settings, if any. */
  async reload(): Promise<string | undefined> {
    const supervisor = await this.supervise();
    // Secrets first, so that the first check of a new flow is signed.
    await supervisor.shareSecrets();
    return supervisor.reload();
  }

  /** Lets a running meter take over the secrets as they are now. */
  async shareSecrets(): Promise<void> {
    await (await this.supervise()).shareSecrets();
  }

  /** A running meter signs the flow's checks no more. */
  async forgetAppSecret(flowId: string): Promise<void> {
    await (await this.supervise()).forgetAppSecret(flowId);
  }

  /** A running meter takes no alerts of Meta any more; false where one runs that did not take that in. */
  async forgetAlerts(): Promise<boolean> {
    return (await (await this.supervise()).forgetAlerts()) || this.state.kind !== 'running';
  }

  dispose(): void {
    this.disposed = true;
    this.supervisor?.dispose();
    this.store.dispose();
  }

  private supervise(): Promise<MeterSupervisor> {
    const { folder, script, secrets, log } = this.parts;
    this.loaded ??= import('../../meter/meterSupervisor').then(({ MeterSupervisor: Supervisor }) => {
      const supervisor = new Supervisor({
        folder: path.normalize(folder),
        script,
        secrets,
        log: (line) => log.info(line, withoutDetails(line)),
      });
      this.supervisor = supervisor;
      supervisor.onDidChange((state) => this.publish(supervisor, state));
      if (this.disposed) supervisor.dispose();
      return supervisor;
    });
    return this.loaded;
  }

  private publish(supervisor: MeterSupervisor, state: MeterState): void {
    if (supervisor !== this.supervisor || this.disposed) return;
    if (supervisor.token !== undefined) this.parts.log.hide(supervisor.token);
    // It goes off by itself only where another window's person stopped it.
    if (state.kind === 'off' && !this.stopping) this.stopped = true;
    this.changed.fire(state);
  }

  private settled(supervisor: MeterSupervisor): Promise<MeterState> {
    if (supervisor.state.kind !== 'starting') return Promise.resolve(supervisor.state);
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        subscription.dispose();
        resolve(supervisor.state);
      };
      const timer = setTimeout(finish, timeoutMs);
      const subscription = supervisor.onDidChange(({ kind }) => {
        if (kind !== 'starting') finish();
      });
    });
  }
}

function unreachable(message: string): MetricsError {
  return new MetricsError('network', message);
}
