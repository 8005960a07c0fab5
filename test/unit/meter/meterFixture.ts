/** A folder of a meter, an endpoint behind it, and whoever watches it: real processes on real ports. */
import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatEvent, type MeterEvent } from '../../../src/contract/event';
import { eventsPath, defaultApiVersion } from '../../../src/contract/routes';
import { readOwner } from '../../../src/meter/folder';
import type { MeterReport, MeterState } from '../../../src/domain/meterState';
import { MeterSupervisor, type MeterSupervisorOptions } from '../../../src/meter/meterSupervisor';
import { writeMeterSettings, type MeterFlow } from '../../../src/meter/settings';
import { freePort } from '../../fixtures/freePort';

export const meterScript = path.resolve('dist', 'meter.js');
export const flowId = '1204588317730952';

export interface Start {
  readonly child: ChildProcess;
  /** What the process said, and the code it ended with where it has. */
  readonly message: Promise<unknown>;
  readonly exited: Promise<number | null>;
}

export class MeterFixture {
  private readonly supervisors: MeterSupervisor[] = [];
  private readonly starts: Start[] = [];
  private readonly windows: ChildProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly endpoint: Server,
  ) {}

  static async open(flows?: readonly MeterFlow[]): Promise<MeterFixture> {
    const folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-meter-'));
    const endpoint = createServer((request, response) => {
      request.resume().on('end', () => response.end('served'));
    });
    await new Promise<void>((done) => endpoint.listen(0, '127.0.0.1', done));
    const fixture = new MeterFixture(folder, await freePort(), endpoint);
    await fixture.configure({ flows: flows ?? [{ id: flowId, upstream: fixture.upstream }] });
    return fixture;
  }

  get upstream(): string {
    return `http://127.0.0.1:${(this.endpoint.address() as AddressInfo).port}/flow`;
  }

  async configure({ port = this.port, flows = [] }: { port?: number; flows?: readonly MeterFlow[] }): Promise<void> {
    await writeMeterSettings(this.folder, { port, zone: 'UTC', flows });
  }

  /** A window's hold on the meter. */
  supervisor(options: Partial<MeterSupervisorOptions> = {}, graceMs = 5_000): MeterSupervisor {
    const supervisor = new MeterSupervisor({
      folder: this.folder,
      script: meterScript,
      env: this.environment(graceMs),
      ...options,
    });
    this.supervisors.push(supervisor);
    return supervisor;
  }

  /** Starts a process as a window does. */
  start(graceMs = 5_000, env: NodeJS.ProcessEnv = {}): Start {
    const child = fork(meterScript, [this.folder], {
      env: { ...this.environment(graceMs), ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const start = {
      child,
      message: once(child, 'message').then(([message]: unknown[]) => message),
      exited: once(child, 'exit').then(([code]: unknown[]) => code as number | null),
    };
    this.starts.push(start);
    return start;
  }

  /** A window as a process of its own, with the bundle that the editor loads; it says when the meter runs. */
  window(graceMs = 5_000): ChildProcess {
    const script = `
      const { MeterSupervisor } = require(${JSON.stringify(path.resolve('dist', 'meterSupervisor.js'))});
      const supervisor = new MeterSupervisor(${JSON.stringify({ folder: this.folder, script: meterScript })});
      supervisor.onDidChange(({ kind }) => kind === 'running' && process.send(kind));
      supervisor.start();`;
    const window = spawn(process.execPath, ['-e', script], {
      env: this.environment(graceMs),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.windows.push(window);
    return window;
  }

  async token(): Promise<string> {
    return (await readFile(path.join(this.folder, 'token'), 'utf8')).trim();
  }

  /** One request through the recorder. */
  async record(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}/${flowId}`, { method: 'POST', body: '{}' });
    await response.text();
    return response.status;
  }

  /** Sends events to the API of the meter that runs; rejects where they are not acknowledged. */
  async send(url: string, events: readonly MeterEvent[]): Promise<unknown> {
    const response = await fetch(`${url}${eventsPath(defaultApiVersion)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await this.token()}`, 'content-type': 'application/x-ndjson' },
      body: events.map((event) => `${formatEvent(event)}\n`).join(''),
    });
    assert.equal(response.status, 200);
    return response.json();
  }

  /** How many requests the store has of the flow. */
  async counted(url: string): Promise<number> {
    const fields = 'metric.name(ENDPOINT_REQUEST_COUNT).granularity(LIFETIME)';
    const response = await fetch(`${url}/${defaultApiVersion}/${flowId}?fields=${fields}`, {
      headers: { authorization: `Bearer ${await this.token()}` },
    });
    assert.equal(response.status, 200);
    const { metric } = (await response.json()) as {
      metric: { data_points: { data: { key: string; value: number }[] }[] };
    };
    return metric.data_points[0]?.data.find(({ key }) => key === 'value')?.value ?? 0;
  }

  async close(): Promise<void> {
    const pid = (await readOwner(this.folder))?.pid;
    for (const supervisor of this.supervisors) supervisor.dispose();
    for (const window of this.windows) window.kill('SIGKILL');
    for (const { child } of this.starts) if (child.exitCode === null) child.kill('SIGKILL');
    if (pid !== undefined && isAlive(pid)) {
      process.kill(pid, 'SIGCONT');
      process.kill(pid, 'SIGKILL');
      await until('the meter is gone', () => !isAlive(pid));
    }
    this.endpoint.closeAllConnections();
    this.endpoint.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private environment(graceMs: number): NodeJS.ProcessEnv {
    return { ...process.env, FLOWMETER_METER_GRACE_MS: String(graceMs), FLOWMETER_METER_PATIENCE_MS: '4000' };
  }
}

/** The meter's word, once it runs and the word fulfils the wish. */
export async function running(
  supervisor: MeterSupervisor,
  condition: (report: MeterReport) => boolean = () => true,
): Promise<Extract<MeterState, { kind: 'running' }>> {
  const isReached = (state: MeterState): boolean =>
    state.kind === 'running' && !state.unresponsive && condition(state.report);
  await until(
    `the meter runs as wished`,
    () => isReached(supervisor.state),
    () => JSON.stringify(supervisor.state),
  );
  assert.ok(supervisor.state.kind === 'running');
  return supervisor.state;
}

export function event(id: string): MeterEvent {
  return { id, flowId, time: Date.now(), outcome: 'success', milliseconds: 12 };
}

export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  told: () => string = () => '',
  timeoutMs = 15_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > end) assert.fail(`It did not come to this: ${what}. ${told()}`);
    await delay(10);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
