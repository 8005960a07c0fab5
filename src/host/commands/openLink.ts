/** What a link such as vscode://flowmeter.flowmeter/flow/123 does. Its author is a stranger, so it only ever names a flow. */
import { l10n, window, type Uri } from 'vscode';
import { isGraphId } from '../../contract/flow';
import type { Account } from '../../domain/account';
import { viewIds } from '../../ids';
import { plainName } from '../../presentation/escape';
import type { FlowState } from '../../state/flowState';
import { addFlowId } from '../storage/settingWrites';
import { UserFacingError } from '../util/userFacingError';
import { askPick, type Choice } from '../util/quickInput';
import { themeIcon } from '../util/themeIcon';
import { showView } from './accounts';
import { addMeterFlow } from './addMeterFlow';
import { meterAccount } from './saveMeterFlow';
import type { CommandParts } from './commandParts';
import { connect } from './connect';

/** Opens the flow's dashboard; of a flow that is not known nothing is read or added before the person says how. */
export async function openLink(parts: CommandParts, { path }: Pick<Uri, 'path'>): Promise<void> {
  const flowId = /^\/flow\/([^/]*)\/?$/.exec(path)?.[1];
  if (!isGraphId(flowId)) {
    throw new UserFacingError(
      l10n.t(
        'Flowmeter cannot open the link “{0}”. A link to a flow ends with /flow/ and its ID: digits only, 20 at most.',
        plainName(path, 60),
      ),
    );
  }
  const accountNames = namesWith(parts.state, flowId);
  if (accountNames.length === 0) await askHow(parts, flowId);
  else await openOneOf(parts, accountNames, flowId);
}

async function openOneOf({ panels, state }: CommandParts, names: readonly string[], flowId: string): Promise<void> {
  const [only = ''] = names;
  const answer =
    names.length === 1
      ? ({ kind: 'value', value: only } as const)
      : await askPick({
          title: titleOf(flowId),
          placeholder: l10n.t('Several accounts have this flow. Which one?'),
          choices: names.map((name) => ({
            label: plainName(name),
            description: state.account(name)?.account.businessAccountId ?? '',
            value: name,
          })),
        });
  if (answer.kind === 'value') await panels.show({ accountName: answer.value, flowId });
}

type Way = () => Promise<void>;

/** `wasLookedFor`: all accounts were read for it just now. */
async function askHow(parts: CommandParts, flowId: string, wasLookedFor = false): Promise<void> {
  const { accounts } = parts.settings.accounts.value;
  const look: Choice<Way> = {
    label: l10n.t('Look for It in Your Accounts'),
    description: l10n.t('reads them now'),
    iconPath: themeIcon({ id: 'search' }),
    value: () => lookFor(parts, flowId),
  };
  const additions = accounts
    .filter(({ flowIds }) => flowIds !== undefined)
    .map((account): Choice<Way> => ({
      label: l10n.t('Add It to “{0}”', plainName(account.name)),
      description: l10n.t('and read it'),
      iconPath: themeIcon({ id: 'add' }),
      value: () => addTo(parts, account, flowId),
    }));
  const others: Choice<Way>[] = [
    {
      label: l10n.t('Connect to WhatsApp…'),
      description: l10n.t('with an account that has it'),
      iconPath: themeIcon({ id: 'plug' }),
      value: () => connectFor(parts, flowId),
    },
    ...(meterAccount(parts)
      ? [
          {
            label: l10n.t('Add Flow to Meter…'),
            description: l10n.t('measures its endpoint on this computer'),
            iconPath: themeIcon({ id: 'record' }),
            value: () => addMeterFlow(parts, undefined, flowId),
          },
        ]
      : []),
  ];
  const answer = await askPick<Way>({
    title: titleOf(flowId),
    placeholder: wasLookedFor
      ? l10n.t('None of your accounts has this flow.')
      : accounts.length === 0
        ? l10n.t('There is no account yet that could have this flow.')
        : l10n.t('This flow is in none of your accounts, as far as they were read.'),
    choices: [...(accounts.length > 0 && !wasLookedFor ? [look] : []), ...additions, ...others],
  });
  if (answer.kind === 'value') await answer.value();
}

async function lookFor(parts: CommandParts, flowId: string): Promise<void> {
  const { state, refresher } = parts;
  const reading = untilKnown(state, flowId, refresher.refresh('command'));
  await window.withProgress({ location: { viewId: viewIds.flows } }, () => reading);
  const names = namesWith(state, flowId);
  if (names.length === 0) await askHow(parts, flowId, true);
  else await openOneOf(parts, names, flowId);
}

async function addTo(parts: CommandParts, { name }: Account, flowId: string): Promise<void> {
  await addFlowId(name, flowId);
  await openIn(parts, name, flowId);
}

async function connectFor(parts: CommandParts, flowId: string): Promise<void> {
  const account = await connect(parts, flowId);
  if (account) await openIn(parts, account.name, flowId);
}

/** Shows the flow once it is listed, or what kept it from that. */
async function openIn({ state, refresher, panels }: CommandParts, accountName: string, flowId: string): Promise<void> {
  await showView();
  await untilKnown(state, flowId, refresher.refresh('view', { accountName }));
  await panels.show({ accountName, flowId });
}

function namesWith(state: FlowState, flowId: string): string[] {
  return state.snapshot.accounts
    .map(({ account }) => account.name)
    .filter((name) => state.account(name)?.records.has(flowId));
}

/** Resolves with the reading, or as soon as an account has the flow: the figures of others may take longer. */
async function untilKnown(state: FlowState, flowId: string, reading: Promise<void>): Promise<void> {
  let subscription: { dispose(): void } | undefined;
  const known = new Promise<void>((resolve) => {
    subscription = state.onDidChange(() => {
      if (namesWith(state, flowId).length > 0) resolve();
    });
  });
  await Promise.race([reading, known]).finally(() => subscription?.dispose());
}

function titleOf(flowId: string): string {
  return l10n.t('Open Flow {0}', flowId);
}
