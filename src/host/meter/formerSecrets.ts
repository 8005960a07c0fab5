/** The secrets of a meter that was given another name in the settings by hand. */
import { l10n } from 'vscode';
import type { Account } from '../../domain/account';
import { plainName } from '../../presentation/escape';
import type { Notifier } from '../app/notifier';
import type { Credentials } from '../storage/credentials';
import type { Settings } from '../storage/settings';

interface FormerSecretsParts {
  readonly credentials: Credentials;
  readonly settings: Settings;
  readonly notifier: Notifier;
  /** Lets a running meter have them. */
  readonly share: () => Promise<void>;
}

/** The names under which they were offered in this window. */
const offered = new Set<string>();

/** Offers what a name that no account has any more left to a meter without secrets. */
export async function offerFormerSecrets(parts: FormerSecretsParts, account: Account): Promise<void> {
  const { credentials, settings, notifier, share } = parts;
  const [former] = await credentials.formerNames(account, settings.accountNames);
  const key = JSON.stringify([former, account.name]);
  if (former === undefined || offered.has(key)) return;
  offered.add(key);
  const [name, formerName] = [plainName(account.name), plainName(former)];
  const text = l10n.t(
    '“{0}” has no app secret on this computer, so it signs checks with a made-up one. What was entered for “{1}”, which no account is called any more, is still here.',
    name,
    formerName,
  );
  await notifier.warn(text, {
    title: l10n.t('Use the Secrets of “{0}”', formerName),
    run: async () => {
      await credentials.moveMeterSecrets(former, account.name);
      await share();
    },
  });
}
