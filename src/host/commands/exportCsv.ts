import { homedir } from 'node:os';
import { l10n, Uri, window, workspace } from 'vscode';
import type { Flow } from '../../contract/flow';
import { toCsv } from '../../presentation/export';
import { exportFileName } from '../../presentation/fileNames';
import { metricTable } from '../../presentation/metricTable';
import { viewIds } from '../../ids';
import type { FlowRef } from '../../state/flowRef';
import type { DashboardReading } from '../../state/dashboardState';
import type { CommandParts } from './commandParts';
import { csvSource, type CsvSource } from '../dashboard/csvInput';
import { connectionErrorText } from '../util/connectionErrorText';
import { firstView } from '../dashboard/firstView';
import { UserFacingError } from '../util/userFacingError';
import { formats } from '../util/formats';
import { translate } from '../util/translate';
import { notices } from '../../presentation/texts/notices';

/** Saves what the flow's dashboard shows, or would show, as one file. */
export async function exportCsv(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, state, notifier, log } = parts;
  const flow = targets.read(argument).flow ?? (await targets.currentOrAsked(l10n.t('Export as CSV')));
  const record = flow && state.account(flow.accountName)?.records.get(flow.flowId);
  if (!flow || !record) return;
  const reading = await read(parts, flow);
  const { input, dates } = csvOf(parts, flow, record.flow, reading);
  const text = toCsv(input);
  const fileName = exportFileName(record.flow, input.granularity, dates, 'csv');
  const folder = workspace.workspaceFolders?.[0]?.uri ?? Uri.file(homedir());
  const target = await window.showSaveDialog({
    defaultUri: Uri.joinPath(folder, fileName),
    filters: { CSV: ['csv'] },
    title: l10n.t('Export as CSV'),
  });
  if (!target) return;
  await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const saved = notices.saved(target.path.split('/').at(-1) ?? fileName, translate);
  // The message may stay for as long as it likes.
  notifier
    .info(saved, { title: l10n.t('Open'), run: () => window.showTextDocument(target) })
    .catch((error) => log.error(error));
}

/** The answers for the view shown; without a dashboard they are read for this once. */
async function read({ state, refresher, panels }: CommandParts, flow: FlowRef): Promise<DashboardReading> {
  const view = panels.viewOf(flow) ?? firstView(state.account(flow.accountName)?.account);
  await window.withProgress({ location: { viewId: viewIds.flows } }, () => refresher.showView(flow, view));
  const reading = state.dashboards.get(flow)?.reading;
  if (panels.viewOf(flow) === undefined) refresher.closeDashboard(flow);
  if (!reading) throw new UserFacingError(l10n.t('The figures could not be read, so there is nothing to export.'));
  return reading;
}

function csvOf(
  { state }: CommandParts,
  flow: FlowRef,
  described: Flow,
  reading: DashboardReading,
): Extract<CsvSource, { kind: 'figures' }> {
  const source = csvSource(described, reading, state.timeOf(flow.accountName), formats.timeZone);
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
