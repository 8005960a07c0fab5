/**
 * When a process began, in words of the system's own. A pid is given to another process once its own has ended; pid and
 * start stamp together name one process for good.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The system's commands may take no longer, in milliseconds. */
const limitMs = 5_000;

/** Equal for the same process and for no other; undefined where it cannot be read, and where there is no such process. */
export async function readStartStamp(pid: number): Promise<string | undefined> {
  try {
    const stamp = await readers[process.platform]?.(String(pid));
    return stamp === '' ? undefined : stamp;
  } catch {
    return undefined;
  }
}

const readers: Partial<Record<NodeJS.Platform, (pid: string) => Promise<string | undefined>>> = {
  linux: async (pid) => {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field is the program's name in brackets, which may hold brackets and spaces itself; the start is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended is listed until its parent has taken note of that.
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    return fields[19] === undefined ? undefined : `${boot.trim()} ${fields[19]}`;
  },
  // Written in one zone and language, whichever the window has.
  darwin: (pid) => output('/bin/ps', ['-o', 'lstart=', '-p', pid], { ...process.env, TZ: 'UTC', LC_ALL: 'C' }),
  win32: (pid) =>
    output(powerShell(), [
      '-NoProfile',
      '-NonInteractive',
      '-Command',
      `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().Ticks`,
    ]),
};

/** By its whole path: a program of that name elsewhere is another one. */
function powerShell(): string {
  return path.join(
    process.env['SystemRoot'] ?? 'C:\\Windows',
    'System32',
    'WindowsPowerShell',
    'v1.0',
    'powershell.exe',
  );
}

function output(program: string, args: readonly string[], env = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout: limitMs, windowsHide: true }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout.trim());
    });
  });
}
