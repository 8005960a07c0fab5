import { isMeter } from '../../domain/account';
import { Uri } from 'vscode';
import { meterFolder } from '../../ids';
import type { Credentials } from '../storage/credentials';
import type { Log } from '../app/log';
import type { Settings } from '../storage/settings';
import { MeterHost } from './meterHost';
import { defined } from '../../util/defined';

interface MeterHostOptions {
  readonly globalStorageUri: Uri;
  readonly extensionUri: Uri;
  readonly settings: Settings;
  readonly credentials: Credentials;
  readonly log: Log;
}

/** The meter of this editor: all its windows share the folder, and with that the meter. */
export function createMeterHost({
  globalStorageUri,
  extensionUri,
  settings,
  credentials,
  log,
}: MeterHostOptions): MeterHost {
  return new MeterHost({
    folder: Uri.joinPath(globalStorageUri, meterFolder).fsPath,
    script: Uri.joinPath(extensionUri, 'dist', 'meter.js').fsPath,
    secrets: async () => {
      const account = settings.accounts.value.accounts.find(isMeter);
      if (!account) return { appSecrets: {} };
      const [appSecrets, alerts] = await Promise.all([
        credentials.appSecrets(account.name),
        credentials.alertSecrets(account.name),
      ]);
      return { appSecrets, ...defined({ alerts }) };
    },
    log,
  });
}
