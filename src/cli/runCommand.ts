/** Finds the command that the first argument names, and says what went wrong with it. */
import { version } from '../../package.json';
import { textOf } from '../process/uncaughtErrors';
import { log, print, prompt } from '../process/output';
import { backupCommand } from './backup';
import { StartError, UsageError, type Command } from './command';
import { markCommand } from './mark';
import { pingCommand } from './ping';
import { recordCommand } from './record';
import { serveCommand } from './serve';

const commands: readonly Command[] = [serveCommand, recordCommand, pingCommand, backupCommand, markCommand];

async function run([name, ...args]: readonly string[]): Promise<void> {
  if (name === '--version') return print(`${version}\n`);
  if (name === '--help' || name === '-h') return print(overview());
  const names = commands.map((command) => command.name).join(', ');
  if (name === undefined) throw new UsageError(`A command is missing: there is ${names}.`);
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) throw new UsageError(`The first argument must be a command: there is ${names}.`);
  if (args.includes('--help') || args.includes('-h')) return print(command.help);
  await command.run(args);
}

function overview(): string {
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}\n`).join('');
  return `Usage: node dist/flowmeter.js COMMAND [options]\n\n${list}\nCOMMAND --help lists the options of a command; --version tells the version.\n`;
}

/** Resolves to the exit code: 0 where the command stopped or told, or still runs, 1 where it could not run, 2 for a mistake in the arguments. */
export async function runCommand(args: readonly string[]): Promise<0 | 1 | 2> {
  try {
    await run(args);
    return 0;
  } catch (error) {
    const usage = error instanceof UsageError;
    log(usage || error instanceof StartError ? error.message : textOf(error));
    if (usage) prompt('Try --help.\n');
    return usage ? 2 : 1;
  }
}
