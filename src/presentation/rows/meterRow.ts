/** The row that shows the meter itself, above the flows that it measures. */
import { uncountedReasons, type MeterProblem, type MeterState, type UncountedRequests } from '../../domain/meterState';
import { escapeMarkdown } from '../escape';
import type { Formats } from '../formats';
import type { Translate } from '../translate';
import { rowAction, type HelpfulCommand } from './rowAction';
import type { RowIcon, RowModel } from './rowModel';

const warning = 'charts.yellow';

/** Words for `viewItem`: what can be done with the meter hangs on whether it runs. */
export const meterContextValues = { running: 'runningMeter', idle: 'idleMeter' } as const;

interface MeterTexts {
  readonly label: string;
  readonly description: string;
  readonly icon: RowIcon;
  /** Whole sentences. */
  readonly text: string;
  readonly action?: HelpfulCommand;
}

export function meterRow(accountName: string, state: MeterState, formats: Formats): RowModel {
  const { t } = formats;
  const { label, description, icon, text, action } = meterTexts(state, formats);
  return {
    label,
    description,
    icon,
    tooltip: escapeMarkdown(text, 1_000),
    accessibilityLabel: [label, description, ...(text === label ? [] : [text])].filter(Boolean).join(', '),
    contextValue: state.kind === 'running' ? meterContextValues.running : meterContextValues.idle,
    ...(action ? { action: rowAction(action, accountName, t) } : {}),
  };
}

function meterTexts(state: MeterState, formats: Formats): MeterTexts {
  const { t } = formats;
  switch (state.kind) {
    case 'off':
      return {
        label: t('Meter stopped'),
        description: t('click to start it'),
        icon: { id: 'debug-stop', color: warning },
        text: t('Nothing is recorded while the meter is stopped. What it measured is kept.'),
        action: 'startMeter',
      };
    case 'starting':
      return {
        label: t('Starting the meter…'),
        description: '',
        icon: { id: 'loading~spin' },
        text: t('Starting the meter…'),
      };
    case 'running':
      return runningTexts(state, formats);
    case 'failed':
      return { ...failedTexts(state.problem, state.port, t), text: state.message };
  }
}

function runningTexts(
  { report, unresponsive }: Extract<MeterState, { kind: 'running' }>,
  formats: Formats,
): MeterTexts {
  const { t } = formats;
  const { recorderPort, pid, requests, losses, uncounted, notes, flows, takesAlerts = false } = report;
  if (unresponsive) {
    return {
      label: t('The meter does not answer'),
      description: t('process {0}', String(pid)),
      icon: { id: 'warning', color: warning },
      text: t(
        'Process {0} uses port {1} and does not respond. End it, and the meter starts anew.',
        String(pid),
        String(recorderPort),
      ),
      action: 'showLog',
    };
  }
  const count = requests === 1 ? t('1 request') : t('{0} requests', formats.count(requests));
  const lost =
    losses === 0 ? t('no losses') : losses === 1 ? t('1 event lost') : t('{0} events lost', formats.count(losses));
  const address = `http://127.0.0.1:${recorderPort}/`;
  const failing = flows.filter(({ check }) => check && !check.ok);
  return {
    label: t('Recording'),
    // The sidebar has room for some forty characters, and what comes last is cut.
    description: [...(losses === 0 ? [] : [lost]), t('port {0}', String(recorderPort)), count].join(' · '),
    icon:
      losses > 0 || notes.length > 0
        ? { id: 'warning', color: warning }
        : { id: 'record', color: 'testing.iconPassed' },
    // Problems come first.
    text: [
      ...notes,
      ...failing.map(({ id, check }) =>
        t('The last check of flow {0} failed: {1}.', id, (check?.reason ?? '').replace(/\.$/, '')),
      ),
      t('Requests to {0}FLOW_ID are counted and passed on to the endpoint of that flow.', address),
      t('Since its start: {0}, {1}.', count, lost),
      ...uncountedTexts(uncounted, formats),
      ...(takesAlerts ? [t('Meta’s alerts are received at {0}webhook.', address)] : []),
    ].join(' '),
  };
}

/** Requests that count for no flow, as a sentence; empty where there were none. */
function uncountedTexts(uncounted: UncountedRequests | undefined, formats: Formats): readonly string[] {
  const { t } = formats;
  const parts = uncountedReasons.flatMap((reason) => {
    const count = uncounted?.[reason] ?? 0;
    if (count === 0) return [];
    const figure = formats.count(count);
    switch (reason) {
      case 'unknownAddress':
        return t('{0} for an address without a flow', figure);
      case 'circular':
        return t('{0} that came back in a loop', figure);
      case 'unusable':
        return t('{0} too long or not valid HTTP', figure);
      case 'outOfResources':
        return t('{0} that this computer could not pass on', figure);
      case 'crossed':
        return t('{0} whose connection the endpoint was closing', figure);
    }
  });
  return parts.length === 0 ? [] : [t('Not counted: {0}.', parts.join(', '))];
}

function failedTexts(problem: MeterProblem, port: number | undefined, t: Translate): Omit<MeterTexts, 'text'> {
  const icon = { id: 'warning', color: warning };
  switch (problem) {
    case 'portTaken':
    case 'portRefused':
      return {
        label:
          problem === 'portTaken'
            ? t('Port {0} is in use by another program', String(port ?? ''))
            : t('Port {0} cannot be used', String(port ?? '')),
        description: t('click to choose another'),
        icon,
        action: 'startMeter',
      };
    case 'unresponsive':
      return { label: t('The meter does not answer'), description: t('its process hangs'), icon, action: 'showLog' };
    case 'settings':
      return { label: t('The meter’s settings cannot be used'), description: 'meter.json', icon, action: 'showLog' };
    case 'store':
      return {
        label: t('The meter cannot store anything'),
        description: t('see the log'),
        icon,
        action: 'showLog',
      };
    case 'crashed':
      return {
        label: t('The meter ended unexpectedly'),
        description: t('click to start it'),
        icon,
        action: 'startMeter',
      };
  }
}
