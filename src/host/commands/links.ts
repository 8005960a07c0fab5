/** Links to a flow: in WhatsApp Manager, and as one that opens its dashboard in the editor. */
import { env, l10n, Uri } from 'vscode';
import { isMeta } from '../../domain/account';
import { flowsInManager } from '../../contract/whatsAppManager';
import { extensionId } from '../../ids';
import { plainName } from '../../presentation/escape';
import type { FlowRef } from '../../state/flowRef';
import { UserFacingError } from '../util/userFacingError';
import type { CommandParts } from './commandParts';
import { showStatusMessage } from './targets';

/** Opens the list of flows of the account, or of the flow's business account where the account names flows only. */
export async function openInManager({ targets, state }: CommandParts, argument: unknown): Promise<void> {
  const { accountName, flow = accountName === undefined ? targets.current : undefined } = targets.read(argument);
  const named = accountName ?? flow?.accountName;
  const given = named === undefined ? undefined : state.account(named)?.account;
  if (given && accountName !== undefined && !isMeta(given)) {
    throw new UserFacingError(
      l10n.t('WhatsApp Manager does not have the flows of “{0}”: they do not come from Meta.', plainName(given.name)),
    );
  }
  const account =
    given && isMeta(given) ? given : await targets.account(undefined, l10n.t('Open in WhatsApp Manager'), isMeta);
  if (!account) return;
  const { records } = state.account(account.name) ?? {};
  const flows = flow ? [records?.get(flow.flowId)] : [...(records?.values() ?? [])];
  const owner = account.businessAccountId ?? flows.find((one) => one?.flow.businessAccount)?.flow.businessAccount?.id;
  await env.openExternal(Uri.parse(flowsInManager(owner)));
}

export async function copyLink({ targets }: CommandParts, argument: unknown): Promise<void> {
  const flow = targets.read(argument).flow ?? (await targets.currentOrAsked(l10n.t('Copy Link')));
  if (!flow) return;
  await env.clipboard.writeText(linkTo(flow));
  showStatusMessage(l10n.t('The link is copied. It opens the dashboard for whoever has this flow.'));
}

/** The account is left out: its name is a person's own, and others call theirs otherwise. */
function linkTo({ flowId }: FlowRef): string {
  return `${env.uriScheme}://${extensionId}/flow/${flowId}`;
}
