/** The command line. Exit codes: 0 stopped or told, 1 could not run, 2 arguments that make no sense. */
import { version } from '../../package.json';
import { textOf } from '../process/lastDefence';
import { log, print, prompt } from '../process/output';
import { backupCommand } from './backup';
import { StartError, UsageError, type Command } from './command';
import { pingCommand } from './ping';
import { recordCommand } from './record';
import { serveCommand } from './serve';

const commands: readonly Command[] = [serveCommand, recordCommand, pingCommand, backupCommand];

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === '--version') return print(`${version}\n`);
  if (name === '--help' || name === '-h') return print(overview());
  const names = commands.map((command) => command.name).join(', ');
  if (name === undefined) throw new UsageError(`A command is missing: there is ${names}.`);
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) throw new UsageError(`"${name}" is not a command: there is ${names}.`);
  if (args.includes('--help') || args.includes('-h')) return print(command.help);
  await command.run(args);
}

function overview(): string {
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}\n`).join('');
  return `Usage: node dist/flowmeter.js COMMAND [options]\n\n${list}\nCOMMAND --help lists the options of a command; --version tells the version.\n`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError;
  const told = usage || error instanceof StartError;
  log(told ? error.message : textOf(error));
  if (usage) prompt('Try --help.\n');
  process.exitCode = usage ? 2 : 1;
});
