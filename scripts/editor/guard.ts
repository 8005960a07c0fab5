// Runs one program in this process group, and ends the whole group when the process that started this has gone: that end
// of stdin closes then, even where the process was killed without a chance to clean up.
import { spawn } from 'node:child_process';

const GRACE_MS = 2_000;
const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let abandoned = false;

child.once('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.once('exit', (code) => {
  if (!abandoned) process.exit(code ?? 1);
});

// A stop is sent to the whole group; this process stays until the program has gone.
process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
process.stdin.resume();
process.stdin.once('end', endGroup);
process.stdin.once('error', endGroup);

function endGroup(): void {
  abandoned = true;
  signalGroup('SIGTERM');
  setTimeout(() => {
    signalGroup('SIGKILL');
    process.exit(1);
  }, GRACE_MS);
}

function signalGroup(signal: NodeJS.Signals): void {
  try {
    process.kill(-process.pid, signal);
  } catch {
    // Windows has no process groups.
    child.kill(signal);
  }
}
