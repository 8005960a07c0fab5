import { l10n, window } from 'vscode';
import { granularities, metricNames, type Granularity, type MetricName, isMetricName } from '../../contract/metric';
import { levelOrder } from '../../domain/health';
import { reachesBeyond } from '../../domain/keptDays';
import { metricTable } from '../../presentation/metricTable';
import { viewIds } from '../../ids';
import { setContext } from '../app/contexts';
import type { FlowRef } from '../../state/flowRef';
import type { CommandParts } from './commandParts';
import { firstView } from '../dashboard/firstView';
import { askPick } from '../util/quickInput';
import { askSteps, pickStep, step, type Step } from '../util/steps';
import { themeIcon } from '../util/themeIcon';
import { translate } from '../util/translate';
import type { PanelRange, PanelView } from '../../domain/view';
import { defined } from '../../util/defined';
import { objectOf } from '../../util/json';
import { lastTitle } from '../../presentation/texts/periodTexts';

/** Opens a flow's dashboard; `{account, flowId, metric?, preview?}` or a row of the tree say which, else the person is asked. */
export async function openDashboard(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, panels } = parts;
  setContext('flowmeter.hasReadVerdict', true);
  const { flow, metric, preview, preserveFocus } = targets.read(argument);
  if (flow) {
    await panels.show(flow, defined({ metric, preview, preserveFocus }));
    return;
  }
  await listFlows(parts);
  const answer = await targets.askFlow({ title: l10n.t('Open Dashboard') });
  if (answer.kind === 'value') await panels.show(answer.value);
}

/** `{levels}` shows the flows at these levels alone, an empty list all of them; otherwise the filter stays as it was. */
export async function openOverview({ overview }: CommandParts, argument: unknown): Promise<void> {
  const levels = objectOf(argument)?.levels;
  await overview.show(undefined, Array.isArray(levels) ? levelOrder.filter((one) => levels.includes(one)) : undefined);
}

interface Answers {
  flow?: FlowRef;
  metric: MetricName;
  granularity: Granularity;
  range: PanelRange;
}

/** Asks flow, metric, granularity and period, each with a default, and opens the dashboard there. */
export async function openMetric(parts: CommandParts, argument: unknown): Promise<void> {
  const { targets, panels, state } = parts;
  const { flow, metric } = targets.read(argument);
  if (!flow) await listFlows(parts);
  const answers: Answers = {
    ...defined({ flow }),
    metric: isMetricName(metric) ? metric : 'ENDPOINT_REQUEST_COUNT',
    ...firstView(flow && state.account(flow.accountName)?.account),
  };
  const askFlow: Step<Answers> = {
    applies: () => flow === undefined,
    ask: async (given, position) => {
      const answer = await targets.askFlow(position);
      if (answer.kind === 'value') {
        const view = firstView(state.account(answer.value.accountName)?.account);
        Object.assign(given, { flow: answer.value, ...view });
      }
      return answer;
    },
  };
  const steps = [askFlow, askMetric(metric), askGranularity, askRange(parts)];
  const done = await askSteps(l10n.t('Open Metric'), answers, steps);
  if (done?.flow) await panels.show(done.flow, { metric: done.metric, view: viewOf(done) });
}

function askMetric(given: MetricName | undefined): Step<Answers> {
  const choices = metricNames.map((name) => ({
    label: metricTable[name].label(translate),
    description: name,
    iconPath: themeIcon({ id: metricTable[name].icon }),
    value: name,
  }));
  return pickStep(
    'metric',
    () => ({ placeholder: l10n.t('Which metric?'), choices }),
    () => given === undefined,
  );
}

const askGranularity: Step<Answers> = pickStep('granularity', () => {
  const labels: Readonly<Record<Granularity, string>> = {
    HOUR: l10n.t('Hour'),
    DAY: l10n.t('Day'),
    LIFETIME: l10n.t('Lifetime'),
  };
  const choices = granularities.map((name) => ({ label: labels[name], value: name }));
  return { placeholder: l10n.t('One point for each …'), choices };
});

function askRange({ history, state }: CommandParts): Step<Answers> {
  return step(
    'range',
    async ({ granularity, flow }, position) => {
      const kept = flow && granularity === 'DAY' ? await history.loaded?.keptOf(flow) : undefined;
      const hasKept = flow !== undefined && reachesBeyond(kept, state.timeOf(flow.accountName));
      return askPick<PanelRange>({
        ...position,
        placeholder: l10n.t('Which period?'),
        preset: granularity === 'HOUR' ? '24h' : '30d',
        choices: rangesOf(granularity, hasKept).map((range) => ({ label: lastTitle(range, translate), value: range })),
      });
    },
    ({ granularity }) => granularity !== 'LIFETIME',
  );
}

/** As the dashboard offers them. */
function rangesOf(granularity: Granularity, hasKept: boolean): readonly Exclude<PanelRange, 'custom' | 'all'>[] {
  if (granularity === 'HOUR') return ['24h', '7d', '30d'];
  return ['7d', '30d', '90d', ...(hasKept ? (['180d', '1y'] as const) : [])];
}

function viewOf({ granularity, range }: Answers): PanelView {
  return granularity === 'LIFETIME' ? { granularity, range: 'all' } : { granularity, range };
}

/** From the palette the flows may not have been read yet. */
async function listFlows({ state, refresher }: CommandParts): Promise<void> {
  if (state.snapshot.accounts.some(({ flows }) => flows.length > 0)) return;
  await window.withProgress({ location: { viewId: viewIds.flows } }, () => refresher.refresh('view'));
}
