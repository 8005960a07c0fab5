/** The command line. Exit codes: 0 stopped or told, 1 could not run, 2 arguments that make no sense. */
import { runCommand } from './runCommand';

void runCommand(process.argv.slice(2)).then((code) => {
  // A command may have said already how it ended.
  if (code !== 0) process.exitCode = code;
});
