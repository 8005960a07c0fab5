import { l10n, ProgressLocation, window } from 'vscode';
import type { Account } from '../../domain/account';
import { reachesBeyond } from '../../domain/keptDays';
import { resolveView, type PanelRange, type PanelView } from '../../domain/view';
import { plainName } from '../../presentation/escape';
import { toCsvOfAll, toJson, type ExportedFlow } from '../../presentation/export';
import { exportFileName } from '../../presentation/fileNames';
import { flowName } from '../../presentation/texts/labels';
import { lastTitle } from '../../presentation/texts/periodTexts';
import { askPick, type Choice } from '../util/quickInput';
import { askSteps, step } from '../util/steps';
import { formats, speechNow } from '../util/formats';
import { translate } from '../util/translate';
import { UserFacingError } from '../util/userFacingError';
import type { CommandParts } from './commandParts';
import { askFormat, saveAs, write, type ExportFormat } from './exportFile';
import { FigureCollector } from './figureCollector';

interface Answers {
  view: PanelView;
  format: ExportFormat;
}

/** More names would make a message that nobody reads; the file has them all. */
const namesTold = 5;

/** Saves the figures of all flows of an account as one file: those at hand, and what is read for it. */
export async function exportAll(parts: CommandParts, argument: unknown): Promise<void> {
  const title = l10n.t('Export All Flows');
  const account = await parts.targets.account(argument, title);
  if (!account) return;
  const answers = await ask(title, await hasKeptDays(parts, account));
  if (!answers) return;
  const { view, format } = answers;
  const time = parts.state.timeOf(account.name);
  const { dates } = resolveView(view, { granularity: view.granularity }, {}, time, formats.timeZone);
  const target = await saveAs(
    exportFileName({ id: 'flows', name: account.name }, view.granularity, dates, format),
    format,
    title,
  );
  if (!target) return;
  const flows = await collect(parts, account, view);
  if (!flows) return;
  if (flows.every(({ figures }) => !figures)) throw nothingToExport(flows);
  const { granularity } = view;
  const text =
    format === 'csv'
      ? toCsvOfAll(flows, granularity)
      : toJson(flows, { account: account.name, granularity, zone: time.zone, now: speechNow().now });
  const failed = flows.filter(({ isComplete }) => !isComplete);
  await write(
    parts,
    target,
    text,
    failed.length === 0 ? undefined : (saved) => withFailures(saved, failed, flows.length),
  );
}

/** Whether some flow has days that the server no longer tells. */
async function hasKeptDays({ history, state }: CommandParts, { name: accountName }: Account): Promise<boolean> {
  const time = state.timeOf(accountName);
  for (const flowId of state.account(accountName)?.records.keys() ?? [])
    if (reachesBeyond(await history.loaded?.keptOf({ accountName, flowId }), time)) return true;
  return false;
}

function ask(title: string, hasKept: boolean): Promise<Answers | undefined> {
  const month: PanelView = { granularity: 'DAY', range: '30d' };
  const named = (view: PanelView, range: Exclude<PanelRange, 'custom' | 'all'>): Choice<PanelView> => ({
    label: lastTitle(range, translate),
    description: view.granularity === 'HOUR' ? l10n.t('by hour') : l10n.t('by day'),
    value: view,
  });
  const choices: readonly Choice<PanelView>[] = [
    named({ granularity: 'HOUR', range: '24h' }, '24h'),
    named({ granularity: 'HOUR', range: '7d' }, '7d'),
    named({ granularity: 'DAY', range: '7d' }, '7d'),
    named(month, '30d'),
    ...(['90d', ...(hasKept ? (['180d', '1y'] as const) : [])] as const).map((range) =>
      named({ granularity: 'DAY', range }, range),
    ),
    { label: l10n.t('All time'), description: l10n.t('one figure'), value: { granularity: 'LIFETIME', range: 'all' } },
  ];
  const answers: Answers = { view: month, format: 'csv' };
  return askSteps(title, answers, [
    step('view', ({ view }, position) =>
      askPick({ ...position, placeholder: l10n.t('Which period?'), choices, preset: view }),
    ),
    askFormat(),
  ]);
}

type CollectedFlow = ExportedFlow & { readonly isComplete: boolean };

/** Undefined where the person called it off: nothing is written then. */
async function collect(parts: CommandParts, account: Account, view: PanelView): Promise<CollectedFlow[] | undefined> {
  const { state, refresher } = parts;
  const options = {
    location: ProgressLocation.Notification,
    title: l10n.t('Exporting the flows of “{0}”', plainName(account.name)),
    cancellable: true,
  };
  return window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    // From the palette the flows may not have been listed yet.
    if (!state.account(account.name)?.records.size) {
      await refresher.refresh('view', { accountName: account.name });
    }
    const collector = new FigureCollector(parts, account, view, controller.signal);
    const records = [...(state.account(account.name)?.records.values() ?? [])];
    if (records.length === 0) throw new UserFacingError(l10n.t('There are no flows yet.'));
    const flows: CollectedFlow[] = [];
    for (const record of records) {
      const message = l10n.t('{0} of {1}: {2}', flows.length + 1, records.length, flowName(record.flow));
      progress.report({ message, increment: flows.length === 0 ? 0 : 100 / records.length });
      flows.push(await collector.collect(record));
      if (controller.signal.aborted) return undefined;
    }
    return flows;
  });
}

function nothingToExport(flows: readonly CollectedFlow[]): UserFacingError {
  const [first] = flows.filter(({ isComplete }) => !isComplete);
  const text = l10n.t('There are no figures for this period, so there is nothing to export.');
  return new UserFacingError(first ? `${text} ${first.notes[0] ?? ''}` : text);
}

function withFailures(saved: string, failed: readonly CollectedFlow[], all: number): string {
  const names = failed.slice(0, namesTold).map(({ flow }) => plainName(flow.name || flow.id));
  const more = failed.length > namesTold ? [l10n.t('{0} more', failed.length - namesTold)] : [];
  return l10n.t(
    '{0} Of {1} flows {2} could not be read in full, which the file notes: {3}.',
    saved,
    all,
    failed.length,
    formats.list([...names, ...more]),
  );
}
