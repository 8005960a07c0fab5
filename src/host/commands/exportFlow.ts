import { l10n, window } from 'vscode';
import type { Flow } from '../../contract/flow';
import { toCsv, toJson } from '../../presentation/export';
import { exportFileName } from '../../presentation/fileNames';
import { metricTable } from '../../presentation/metricTable';
import { viewIds } from '../../ids';
import type { KeptDays } from '../../domain/keptDays';
import type { FlowRef } from '../../state/flowRef';
import type { DashboardReading } from '../../state/dashboardState';
import type { CommandParts } from './commandParts';
import { csvSource, type CsvSource } from '../dashboard/csvInput';
import { connectionErrorText } from '../util/connectionErrorText';
import { firstView } from '../dashboard/firstView';
import { UserFacingError } from '../util/userFacingError';
import { formats, speechNow } from '../util/formats';
import { translate } from '../util/translate';
import { askFormat, saveAs, write, type ExportFormat } from './exportFile';

/** Saves what the flow's dashboard shows, or would show, as one file. The dashboard's own button asks which kind. */
export async function exportFlow(parts: CommandParts, argument: unknown, wanted: ExportFormat): Promise<void> {
  const { targets, state } = parts;
  const isOpenChoice = (argument as { readonly asks?: unknown } | null | undefined)?.asks === true;
  const title = isOpenChoice ? l10n.t('Export') : titles[wanted]();
  const flow = targets.read(argument).flow ?? (await targets.currentOrAsked(title));
  const record = flow && state.account(flow.accountName)?.records.get(flow.flowId);
  if (!flow || !record) return;
  const format = isOpenChoice ? await askFormat({ title }) : wanted;
  if (!format) return;
  const { input, dates } = csvOf(parts, flow, record.flow, await read(parts, flow));
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

function csvOf(
  { state }: CommandParts,
  flow: FlowRef,
  described: Flow,
  { reading, kept }: Shown,
): Extract<CsvSource, { kind: 'figures' }> {
  const source = csvSource(described, reading, state.timeOf(flow.accountName), formats.timeZone, kept);
  switch (source.kind) {
    case 'figures':
      return source;
    case 'unread':
      throw new UserFacingError(
        l10n.t(
          '{0} could not be read, so nothing is exported: {1}',
          metricTable[source.metric].label(translate),
          connectionErrorText(source.error, state.account(flow.accountName)!.account),
        ),
      );
    case 'nothing':
      throw new UserFacingError(l10n.t('There are no figures for this period, so there is nothing to export.'));
  }
}
