/** Starts the process of a meter, which outlives the window that does so. */
import { fork, type ChildProcess } from 'node:child_process';
import { parseStartMessage, type StartMessage } from './startMessage';

export interface LaunchOptions {
  /** See `meterFiles`. */
  readonly folder: string;
  /** The bundle of process.ts. */
  readonly script: string;
  /** The Node that runs it; this process's own unless told otherwise. */
  readonly execPath?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A new process has so long to say what came of it. */
const startLimitMs = 15_000;

/** Resolves to what the new process says. Once `signal` aborts, this one may end without waiting for it. */
export function launchMeter(options: LaunchOptions, signal: AbortSignal): Promise<StartMessage> {
  const { folder, script, execPath = process.execPath, env = process.env } = options;
  const child = fork(script, [folder], {
    execPath,
    execArgv: [],
    env: { ...cleanEnvironment(env), ELECTRON_RUN_AS_NODE: '1' },
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    windowsHide: true,
  });
  return new Promise((resolve) => {
    const settle = (message: StartMessage): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      detach(child);
      resolve(message);
    };
    const crashed = (detail: string): StartMessage => ({
      kind: 'failed',
      problem: 'crashed',
      message: `The meter's process ended unexpectedly (${detail}).`,
    });
    const timer = setTimeout(() => settle(crashed('no sign of life')), startLimitMs);
    const onAbort = (): void => {
      for (const handle of [child, child.channel, timer]) handle?.unref();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('message', (value) => {
      const message = parseStartMessage(value);
      if (message) settle(message);
    });
    child.on('error', (error: NodeJS.ErrnoException) => settle(crashed(error.code ?? 'it cannot be run')));
    child.on('exit', (code, name) => settle(crashed(name ?? `code ${code}`)));
  });
}

/** The process goes on without this one: neither waits for the other any more. */
function detach(child: ChildProcess): void {
  child.removeAllListeners();
  // Losing its last listener, an error would be thrown at nobody.
  child.on('error', () => undefined);
  if (child.connected) child.disconnect();
  child.unref();
}

/** The editor's own variables would lead a plain Node process astray, and none of them is its business. */
function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(VSCODE_.*|CODE_SERVER_.*|ELECTRON_.*|NODE_OPTIONS|NODE_CHANNEL_.*)$/.test(name),
    ),
  );
}
