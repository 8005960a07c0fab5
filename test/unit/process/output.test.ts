import assert from 'node:assert/strict';
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

/** Writes lines whenever it is told to, tells how much was not read yet, and ends when it is told to. */
const source = `
import { log, outputWritten, print } from './src/process/output';
process.on('message', async ({ lines, end }) => {
  for (let i = 0; i < lines; i++) { print('to stdout ' + i + '\\n'); log('to stderr ' + i + ' ' + '.'.repeat(100)); }
  // What went wrong with a write is told in later turns.
  await outputWritten(200);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.send({ unread: process.stderr.writableLength });
  if (end) process.disconnect();
});
process.send({});`;

/** Gives its child a terminal, which closes as soon as the child has it. */
const closedTerminal = `
import os, pty, sys
master, slave = pty.openpty()
pid = os.fork()
if pid == 0:
    os.dup2(slave, 1); os.dup2(slave, 2); os.close(master); os.close(slave)
    os.execv(sys.argv[1], sys.argv[1:])
os.close(master); os.close(slave)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;

describe('The output of a program', () => {
  let folder: string;
  let script: string;
  const running = new Set<ChildProcess>();

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-output-'));
    script = path.join(folder, 'script.js');
    await build({
      stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
    });
  });
  after(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function run(stdio: StdioOptions, [command, ...args]: readonly [string, ...string[]]): ChildProcess {
    const child = spawn(command, args, { stdio });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  async function tells(child: ChildProcess): Promise<{ unread: number }> {
    const ended = once(child, 'exit').then(([code]) => assert.fail(`ended early with ${String(code)}`));
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ unread: number }];
    ended.catch(() => undefined);
    return message;
  }

  /** Lets it write twice: what is wrong with the first write is often told by the second. */
  async function outlives(child: ChildProcess): Promise<void> {
    for (const end of [false, false, true]) {
      child.send({ lines: 10, end });
      await tells(child);
    }
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
  }

  it('ends nothing when its reader goes away', async () => {
    const child = run(['ignore', 'pipe', 'pipe', 'ipc'], [process.execPath, script]);
    await tells(child);
    child.stdout!.destroy();
    child.stderr!.destroy();
    await outlives(child);
  });

  it('ends nothing on a full disk', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const full = openSync('/dev/full', 'w');
    const child = run(['ignore', full, full, 'ipc'], [process.execPath, script]);
    await tells(child);
    await outlives(child);
  });

  it('ends nothing when its terminal is closed', async () => {
    const child = run(
      ['ignore', 'ignore', 'inherit', 'ipc'],
      ['python3', '-c', closedTerminal, process.execPath, script],
    );
    await tells(child);
    await outlives(child);
  });

  it('takes no memory for a reader that stands still, and tells it later how many lines were left out', async () => {
    const child = run(['ignore', 'ignore', 'pipe', 'ipc'], [process.execPath, script]);
    await tells(child);
    child.send({ lines: 20_000 });
    const { unread } = await tells(child);
    assert.ok(unread > 0 && unread < 512 * 1024, String(unread));
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => (text += String(chunk)));
    while (!/lines were left out/.test(text)) {
      child.send({ lines: 1 });
      await tells(child);
    }
    assert.match(text, /^flowmeter: \d{5} lines were left out, since nobody read them$/m);
    child.send({ lines: 1, end: true });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('keeps a line a line, whatever comes from outside', async () => {
    const hostile = path.join(folder, 'hostile.js');
    await build({
      stdin: {
        contents: `import { log } from './src/process/output'; log('one\\n\\u001b[2Jtwo\\r\\u2028three');`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      outfile: hostile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
    });
    const child = run(['ignore', 'ignore', 'pipe'], [process.execPath, hostile]);
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => (text += String(chunk)));
    await once(child, 'close');
    assert.equal(text, 'flowmeter: one [2Jtwo three\n');
  });
});
