import { commands, l10n } from 'vscode';
import { isDemo, type Account } from '../../domain/account';
import { settingNames, settingsSection } from '../../ids';
import { flowName } from '../../presentation/texts/labels';
import type { FlowRef } from '../../state/flowRef';
import { noticeKey } from '../../state/toldLevels';
import type { LevelNotices } from '../app/levelNotices';
import { speechNow } from '../util/formats';
import { UserFacingError } from '../util/userFacingError';
import type { CommandParts } from './commandParts';
import { showStatusMessage } from './targets';

/** No notices of a flow for a day. */
export async function muteFlow(parts: CommandParts, argument: unknown): Promise<void> {
  const muting = await muteTarget(parts, argument, l10n.t('Mute for 24 Hours'), false);
  if (!muting) return;
  const until = await muting.notices.mute([muting.key]);
  const speech = speechNow();
  showStatusMessage(l10n.t('No notifications of “{0}” until {1}.', muting.name, speech.moment(until, speech.now)));
}

export async function unmuteFlow(parts: CommandParts, argument: unknown): Promise<void> {
  const muting = await muteTarget(parts, argument, l10n.t('Unmute'), true);
  if (!muting) return;
  await muting.notices.unmute([muting.key]);
  showStatusMessage(l10n.t('Flowmeter notifies you of “{0}” again.', muting.name));
}

interface MuteTarget {
  readonly notices: LevelNotices;
  readonly key: string;
  readonly name: string;
}

/** The flow of the argument, or one that the person picks among those that are muted, or are not. */
async function muteTarget(
  parts: CommandParts,
  argument: unknown,
  title: string,
  isMuted: boolean,
): Promise<MuteTarget | undefined> {
  const { targets, state, settings, levelNotices } = parts;
  const { loaded: notices } = levelNotices;
  if (settings.notify.value === 'off') {
    sayOff(parts);
    return undefined;
  }
  if (!notices) throw new UserFacingError(l10n.t('There are no flows yet.'));
  const isWanted = (account: Account, flowId: string): boolean =>
    !isDemo(account) && (notices.mutedUntil(account, flowId) !== undefined) === isMuted;
  const given = targets.read(argument).flow ?? (await askFlow());
  const account = given && state.account(given.accountName);
  const flow = given && account?.records.get(given.flowId)?.flow;
  if (!account || !flow || isDemo(account.account)) return undefined;
  return { notices, key: noticeKey(account.account, flow.id), name: flowName(flow) };

  async function askFlow(): Promise<FlowRef | undefined> {
    const { accounts } = state.snapshot;
    if (!accounts.some(({ account: one, flows }) => flows.some((figures) => isWanted(one, figures.flow.id)))) {
      showStatusMessage(isMuted ? l10n.t('No flow is muted.') : l10n.t('All flows are muted.'));
      return undefined;
    }
    const answer = await targets.askFlow({ title }, ({ account: one, figures }) =>
      isWanted(one.account, figures.flow.id),
    );
    return answer.kind === 'value' ? answer.value : undefined;
  }
}

/** Whoever calls the command does not wait for the person. */
function sayOff({ notifier, log }: CommandParts): void {
  const text = l10n.t('Notifications of flows are off.');
  const openSettings = {
    title: l10n.t('Open Settings'),
    run: () => commands.executeCommand('workbench.action.openSettings', `${settingsSection}.${settingNames.notify}`),
  };
  notifier.info(text, openSettings).catch((error) => log.error(error));
}
