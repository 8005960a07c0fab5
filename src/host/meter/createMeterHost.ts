import { isMeter } from '../../domain/account';
import { Uri } from 'vscode';
import { meterFolder } from '../../ids';
import type { Credentials } from '../storage/credentials';
import type { Log } from '../app/log';
import type { Notifier } from '../app/notifier';
import type { Settings } from '../storage/settings';
import { MeterHost } from './meterHost';
import { defined } from '../../util/defined';

interface MeterHostOptions {
  readonly globalStorageUri: Uri;
  readonly extensionUri: Uri;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly notifier: Notifier;
  readonly log: Log;
}

/** The meter of this editor: all its windows share the folder, and with that the meter. */
export function createMeterHost({
  globalStorageUri,
  extensionUri,
  settings,
  credentials,
  notifier,
  log,
}: MeterHostOptions): MeterHost {
  const host = new MeterHost({
    folder: Uri.joinPath(globalStorageUri, meterFolder).fsPath,
    script: Uri.joinPath(extensionUri, 'dist', 'meter.js').fsPath,
    secrets: async () => {
      const account = settings.accounts.value.accounts.find(isMeter);
      if (!account) return { appSecrets: {} };
      const [appSecrets, alerts] = await Promise.all([
        credentials.appSecrets(account.name),
        credentials.alertSecrets(account.name),
      ]);
      if (!alerts && Object.keys(appSecrets).length === 0) {
        // Nothing waits for it: the meter has its window's word meanwhile.
        import('./formerSecrets')
          .then(({ offerFormerSecrets }) => offerFormerSecrets(offering, account))
          .catch((error) => log.error(error));
      }
      return { appSecrets, ...defined({ alerts }) };
    },
    log,
  });
  const offering = { credentials, settings, notifier, share: () => host.shareSecrets() };
  return host;
}
