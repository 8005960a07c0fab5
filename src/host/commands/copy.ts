import { env, l10n } from 'vscode';
import { needsToken } from '../../domain/account';
import { planWindow } from '../../domain/windows';
import { plainName } from '../../presentation/escape';
import { curlCommand } from '../../presentation/export';
import type { CommandParts } from './commandParts';
import { UserFacingError } from '../util/userFacingError';
import { showStatusMessage } from './targets';

export async function copyFlowId({ targets }: CommandParts, argument: unknown): Promise<void> {
  const flow = targets.read(argument).flow ?? (await targets.currentOrAsked(l10n.t('Copy Flow ID')));
  if (!flow) return;
  await env.clipboard.writeText(flow.flowId);
  showStatusMessage(l10n.t('The flow ID is copied.'));
}

/** The request for one metric over the health window, with a variable in place of the token. */
export async function copyAsCurl({ targets, state, connections }: CommandParts, argument: unknown): Promise<void> {
  const { flow: given, metric = 'ENDPOINT_REQUEST_COUNT' } = targets.read(argument);
  const flow = given ?? (await targets.currentOrAsked(l10n.t('Copy as cURL')));
  const account = flow && state.account(flow.accountName)?.account;
  if (!flow || !account) return;
  if (!needsToken(account)) {
    throw new UserFacingError(
      l10n.t(
        'The figures of “{0}” come from inside VS Code, where no shell can ask for them. For requests from a shell, start the same server there: node dist/flowmeter.js serve --store demo.',
        plainName(account.name),
      ),
    );
  }
  const address = await connections.addressOf(account);
  if (!address) throw new UserFacingError(l10n.t('This account has no address.'));
  const { now, zone } = state.timeOf(account.name);
  const { granularity, since } = planWindow(state.window, now, zone);
  const query = { flowId: flow.flowId, metric, granularity, since };
  await env.clipboard.writeText(curlCommand(address.baseUrl, address.version, query));
  showStatusMessage(l10n.t('The request is copied. It takes the token from $WHATSAPP_TOKEN.'));
}
