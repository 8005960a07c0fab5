/** npm run bench: every group in a process of its own, then one table of ratios beside what was to be reached. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Group, Row } from './row';
import { figure } from './samples';

/** Each is a file beside this one, with the function that makes its rows. */
const groups: Readonly<Record<string, string>> = {
  client: 'clientRows',
  charts: 'chartRows',
  overview: 'overviewRows',
  start: 'startRows',
  meter: 'meterRows',
  recorder: 'recorderRows',
};

/** A group that hangs must not keep the others from being seen, in milliseconds. */
const groupTimeMs = 6 * 60_000;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** Set by this program for its own children. */
    group: { type: 'string' },
  },
});

if (options.group !== undefined) void runGroup(options.group);
else void runAll();

async function runAll(): Promise<void> {
  const wanted = options.only?.split(',').map((name) => name.trim()) ?? Object.keys(groups);
  const unknown = wanted.filter((name) => !(name in groups));
  if (unknown.length > 0) {
    console.error(`There is no group "${unknown.join('", "')}". Groups: ${Object.keys(groups).join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  const begun = performance.now();
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
  const rows: Row[] = [];
  const failed: string[] = [];
  for (const name of wanted) {
    const since = performance.now();
    console.log(`\n== ${name}`);
    const own = await inOwnProcess(name);
    rows.push(...own);
    if (own.length === 0) failed.push(name);
    console.log(`== ${name}: ${own.length} rows in ${seconds(since)}`);
  }
  console.log(`\n${tableOf(rows)}\n`);
  for (const { area, measured, detail } of rows) console.log(`${area}, ${measured}: ${detail}`);
  const missed = rows.filter(({ reached }) => !reached).length;
  console.log(`\n${rows.length - missed} of ${rows.length} reached, in ${seconds(begun)}.`);
  for (const name of failed) console.log(`failed: ${name}`);
  // Timings differ from machine to machine: a missed mark is no failure, a group without rows is.
  if (failed.length > 0) process.exitCode = 1;
}

function inOwnProcess(name: string): Promise<readonly Row[]> {
  if (!existsSync(fileOf(name))) {
    console.log('There is no such group in this build.');
    return Promise.resolve([]);
  }
  return new Promise((resolve) => {
    const args = ['--group', name, ...(options.quick ? ['--quick'] : [])];
    const child = fork(__filename, args, { execArgv: ['--expose-gc', '--enable-source-maps'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), groupTimeMs);
    let rows: readonly Row[] = [];
    child.on('message', (message) => (rows = message as readonly Row[]));
    child.on('close', () => {
      clearTimeout(timer);
      resolve(rows);
    });
  });
}

async function runGroup(name: string): Promise<void> {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a bundle beside this one, known at run time only
    const group = (require(fileOf(name)) as Readonly<Record<string, Group>>)[groups[name]!]!;
    const rows = await group({ quick: options.quick, note: (line) => console.log(line) });
    process.send!(rows, () => process.exit());
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

function fileOf(name: string): string {
  return join(__dirname, `${name}.js`);
}

function tableOf(rows: readonly Row[]): string {
  const cells = [
    ['area', 'measured', 'against', 'ratio', 'to reach', ''],
    ...rows.map(({ area, measured, against, ratio, mark, reached }) => [
      area,
      measured,
      against,
      `${figure(ratio)}×`,
      mark,
      reached ? 'reached' : 'NOT REACHED',
    ]),
  ];
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  const lines = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
