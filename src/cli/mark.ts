/** `mark`: a mark in a file of measurements, such as a release, that charts show as a line. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { dayMs } from '../contract/calendar';
import { instantOf } from '../contract/event';
import { isGraphId } from '../contract/flow';
import { maxMarkLength, maxMarks, parseMarkText, type MeterMark, type NewMark } from '../contract/mark';
import { print } from '../process/output';
import { MeterError } from '../store/meterStore';
import { withMarks } from '../store/openMeterStore';
import { defined } from '../util/defined';
import { misreadArguments, StartError, storeFile, UsageError, withoutName, type Command } from './command';

const help = `Usage: node dist/flowmeter.js mark --store FILE TEXT [--flow ID] [--time TIME]
       node dist/flowmeter.js mark --store FILE --list
       node dist/flowmeter.js mark --store FILE --remove NUMBER

Marks an instant, such as a release, in a file of measurements, while serve, record or the editor may go on using it.
The dashboards of the editor draw it as a line through all charts. TEXT has 1 to ${maxMarkLength} characters.

  --store FILE     the file of measurements, such as meter.db
  --flow ID        the flow that it belongs to; left out, all flows
  --time TIME      ISO 8601 with its zone, such as 2026-03-12T14:18:00Z, or epoch milliseconds (default: now)
  --list           prints the marks, newest first: number, time, flow and text, with tabs between them
  --remove NUMBER  removes a mark, by the number that --list prints

The newest ${maxMarks} marks are kept, for as long as figures are. The same text at the same time of the same flow is one mark.
`;

export const markCommand: Command = {
  name: 'mark',
  summary: 'marks an instant, such as a release, in a file of measurements',
  help,
  run: mark,
};

async function mark(args: readonly string[]): Promise<void> {
  const { store, action } = readMarkOptions(args, Date.now());
  if (!existsSync(store)) throw new StartError('--store names no file that is there.');
  try {
    print(await withMarks(store, (marks) => act(marks, store, action)));
  } catch (error) {
    throw error instanceof MeterError ? new StartError(withoutName(error.message, store, '--store')) : error;
  }
}

async function act(
  marks: Parameters<Parameters<typeof withMarks>[1]>[0],
  store: string,
  action: MarkAction,
): Promise<string> {
  if (action.name === 'list') return (await marks.readMarks()).map(lineOf).join('');
  if (action.name === 'remove') {
    if (await marks.removeMark(action.id)) return `mark ${action.id} is removed from ${store}\n`;
    throw new StartError('--remove names no mark of that file: --list prints those that are there.');
  }
  const { id, time, added } = await marks.addMark(action.mark);
  return `${added ? 'marked' : 'already marked'} ${isoOf(time)} in ${store} (mark ${id})\n`;
}

function lineOf({ id, time, flowId, text }: MeterMark): string {
  return `${[id, isoOf(time), flowId ?? 'all flows', text].join('\t')}\n`;
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

type MarkAction =
  | { readonly name: 'add'; readonly mark: NewMark }
  | { readonly name: 'list' }
  | { readonly name: 'remove'; readonly id: string };

interface MarkOptions {
  readonly store: string;
  readonly action: MarkAction;
}

/** Throws `UsageError`. */
export function readMarkOptions(args: readonly string[], now: number): MarkOptions {
  const { values, positionals } = parse(args);
  if (values.store === undefined) {
    throw new UsageError('--store FILE is missing: the file of measurements, such as meter.db.');
  }
  return { store: storeFile(values.store), action: actionOf(values, positionals, now) };
}

function actionOf(
  { flow, time, list, remove }: ReturnType<typeof parse>['values'],
  [given, ...rest]: readonly string[],
  now: number,
): MarkAction {
  const isMark = given !== undefined || flow !== undefined || time !== undefined;
  if ([isMark, list === true, remove !== undefined].filter(Boolean).length > 1) {
    throw new UsageError('A text with --flow and --time, --list and --remove exclude each other.');
  }
  if (list === true) return { name: 'list' };
  if (remove !== undefined) {
    if (!/^\d{1,15}$/.test(remove)) throw new UsageError('--remove must be the number of a mark, as --list prints it.');
    return { name: 'remove', id: String(Number(remove)) };
  }
  if (given === undefined) throw new UsageError('The text is missing: mark --store FILE "v1.4.2".');
  if (rest.length > 0) throw new UsageError('There is more than one text: put it in quotation marks.');
  const text = parseMarkText(given);
  if (!text.ok) throw new UsageError(`The text ${text.problem}`);
  if (flow !== undefined && !isGraphId(flow)) throw new UsageError('--flow must be a flow id: 1 to 20 digits.');
  return { name: 'add', mark: { text: text.value, time: timeOf(time, now), ...defined({ flowId: flow }) } };
}

function timeOf(text: string | undefined, now: number): number {
  if (text === undefined) return now;
  // As `date +%s` prints them: taken for milliseconds they were a day in January 1970.
  if (/^\d{1,10}$/.test(text))
    throw new UsageError('--time is too short for epoch milliseconds: seconds need 000 behind.');
  const time = instantOf(/^\d+$/.test(text) ? Number(text) : text);
  if (time === undefined) {
    throw new UsageError(
      '--time must be an ISO time with its zone, such as 2026-03-12T14:18:00Z, or epoch milliseconds.',
    );
  }
  if (time > now + dayMs) throw new UsageError('--time must be at most 24 hours from now.');
  return time;
}

// The return type is what parseArgs infers from the options below.
function parse(args: readonly string[]) {
  const options = {
    store: { type: 'string' },
    flow: { type: 'string' },
    time: { type: 'string' },
    list: { type: 'boolean' },
    remove: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw misreadArguments(error, args, options);
  }
}
