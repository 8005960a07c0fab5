import { l10n, window } from 'vscode';
import type { Flow } from '../../contract/flow';
import { toCsv, toJson } from '../../presentation/export';
import { exportFileName, fileDates } from '../../presentation/fileNames';
import { coveredText, lastTitle } from '../../presentation/texts/periodTexts';
import { metricTable } from '../../presentation/metricTable';
import { viewIds } from '../../ids';
import { isZone } from '../../contract/calendar';
import type { KeptDays } from '../../domain/keptDays';
import type { Span } from '../../domain/model';
import { isSpan, type PanelView, type PeriodDates } from '../../domain/view';
import { objectOf } from '../../util/json';
import type { FlowRef } from '../../state/flowRef';
import type { DashboardReading } from '../../state/dashboardState';
import type { CommandParts } from './commandParts';
import { csvSource, partOf, type Figures, type PartSource } from '../dashboard/csvInput';
import { connectionErrorText } from '../util/connectionErrorText';
import { firstView } from '../dashboard/firstView';
import { UserFacingError } from '../util/userFacingError';
import type { Choice } from '../util/quickInput';
import { askSteps, pickStep, type Step } from '../util/steps';
import { formats, formatsIn, speechNow } from '../util/formats';
import { translate } from '../util/translate';
import { askFormat, saveAs, write, type ExportFormat } from './exportFile';

/**
 * Saves what the flow's dashboard shows, or would show, as one file. The dashboard's own button asks which kind; where the
 * page is zoomed in, it and a command that names no flow ask whether that part or all is meant.
 */
export async function exportFlow(parts: CommandParts, argument: unknown, wanted: ExportFormat): Promise<void> {
  const { targets, state, panels } = parts;
  const { asks, ...sent } = objectOf(argument) ?? {};
  const title = asks === true ? l10n.t('Export') : titles[wanted]();
  const named = targets.read(argument).flow;
  const flow = named ?? (await targets.currentOrAsked(title));
  const record = flow && state.account(flow.accountName)?.records.get(flow.flowId);
  if (!flow || !record) return;
  const { span, zone: own } = named ? sent : (panels.activeZoom(flow) ?? {});
  const zoomed = isSpan(span) ? zoomOf(parts, flow, span, own) : undefined;
  const answers = await ask(title, zoomed, asks === true ? undefined : wanted);
  if (!answers) return;
  const { part, format } = answers;
  const whole = csvOf(parts, flow, record.flow, await read(parts, flow));
  const { input, dates } = zoomed && part === 'zoomed' ? figuresOf(partOf(whole, zoomed.span, zoomed.dates)) : whole;
  const { granularity, zone } = input;
  const text =
    format === 'csv'
      ? toCsv(input)
      : toJson([{ flow: input.flow, figures: input, notes: [] }], {
          ...{ account: flow.accountName, granularity, zone, now: speechNow().now },
        });
  const target = await saveAs(exportFileName(record.flow, granularity, dates, format), format, title);
  if (target) await write(parts, target, text);
}

interface Zoomed {
  readonly span: Span;
  /** For the file's name. */
  readonly dates: PeriodDates;
  /** As the page names it. */
  readonly label: string;
  readonly view: PanelView;
}

/** The part that the page shows, by the clock of the page. */
function zoomOf({ panels, state }: CommandParts, flow: FlowRef, span: Span, own: unknown): Zoomed | undefined {
  const view = panels.viewOf(flow);
  if (!view || view.granularity === 'LIFETIME') return undefined;
  const { zone, now } = state.timeOf(flow.accountName);
  const speech = { ...formatsIn(typeof own === 'string' && isZone(own) ? own : undefined), now };
  const cut = view.granularity === 'HOUR' ? speech.timeZone : zone;
  return { span, view, dates: fileDates(span, view.granularity, cut), label: coveredText(view, span, zone, speech) };
}

interface Answers {
  part: 'zoomed' | 'whole';
  format: ExportFormat;
}

async function ask(
  title: string,
  zoomed: Zoomed | undefined,
  wanted: ExportFormat | undefined,
): Promise<Answers | undefined> {
  const answers: Answers = { part: 'zoomed', format: wanted ?? 'csv' };
  const formatSteps: readonly Step<Answers>[] = wanted ? [] : [askFormat()];
  if (!zoomed) return formatSteps.length === 0 ? answers : askSteps(title, answers, formatSteps);
  const { view, label } = zoomed;
  const { from = '', to = '', range } = view;
  const whole =
    range === 'custom'
      ? l10n.t('{0} – {1}', formats.day(from), formats.day(to))
      : range === 'all'
        ? ''
        : lastTitle(range, translate);
  const choices: readonly Choice<Answers['part']>[] = [
    { label, description: l10n.t('zoomed in, as shown'), value: 'zoomed' },
    { label: l10n.t('Whole period'), description: whole, value: 'whole' },
  ];
  return askSteps(title, answers, [
    pickStep('part', () => ({ placeholder: l10n.t('Which period?'), choices })),
    ...formatSteps,
  ]);
}

const titles: Readonly<Record<ExportFormat, () => string>> = {
  csv: () => l10n.t('Export as CSV'),
  json: () => l10n.t('Export as JSON'),
};

interface Shown {
  readonly reading: DashboardReading;
  readonly kept?: KeptDays;
}

/** The answers for the view shown; without a dashboard they are read for this once. */
async function read({ state, refresher, panels }: CommandParts, flow: FlowRef): Promise<Shown> {
  const view = panels.viewOf(flow) ?? firstView(state.account(flow.accountName)?.account);
  await window.withProgress({ location: { viewId: viewIds.flows } }, () => refresher.showView(flow, view));
  const { reading, kept } = state.dashboards.get(flow) ?? {};
  if (panels.viewOf(flow) === undefined) refresher.closeDashboard(flow);
  if (!reading) throw new UserFacingError(l10n.t('The figures could not be read, so there is nothing to export.'));
  return { reading, ...(kept && kept !== 'none' ? { kept } : {}) };
}

function csvOf({ state }: CommandParts, flow: FlowRef, described: Flow, { reading, kept }: Shown): Figures {
  const source = csvSource(described, reading, state.timeOf(flow.accountName), formats.timeZone, kept);
  if (source.kind !== 'unread') return figuresOf(source);
  throw new UserFacingError(
    l10n.t(
      '{0} could not be read, so nothing is exported: {1}',
      metricTable[source.metric].label(translate),
      connectionErrorText(source.error, state.account(flow.accountName)!.account),
    ),
  );
}

function figuresOf(source: PartSource): Figures {
  if (source.kind === 'figures') return source;
  throw new UserFacingError(l10n.t('There are no figures for this period, so there is nothing to export.'));
}
