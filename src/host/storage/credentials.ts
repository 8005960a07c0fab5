import { EventEmitter, l10n, type SecretStorage } from 'vscode';
import { type Account, accountAddress } from '../../domain/account';
import { isMeter, needsToken } from '../../domain/account';
import type { AlertSecrets } from '../../domain/meterState';
import {
  accountOfSecretId,
  secretIdOfName,
  alertSecretsId,
  appSecretId,
  flowOfAppSecretId,
  isMeterSecretId,
  tokenSecretId,
} from '../../ids';
import { UserFacingError } from '../util/userFacingError';
import { DisposableStore } from '../util/lifecycle';
import type { Log } from '../app/log';
import type { SecretIds } from './secretIds';

/** Tokens in the editor's secret storage, each bound to an account's name and the origin that it was entered for. */
export class Credentials {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new EventEmitter<string>());
  /** The newest value of each secret, so that one's own change is not taken for another window's. */
  private readonly known = new Map<string, string | undefined>();

  /** Fires the id of a secret that another window set, replaced or removed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly secrets: SecretStorage,
    private readonly ids: SecretIds,
    private readonly log: Log,
  ) {
    // Other profiles find what this one noted before.
    ids.takeOver().catch((error) => log.error(error));
    this.store.add(
      secrets.onDidChange(({ key }) => {
        this.reread(key).catch((error) => log.error(error));
      }),
    );
  }

  /** The id of the account's secret; undefined where it needs none or has no address that is allowed. */
  secretIdOf(account: Account): string | undefined {
    const origin = needsToken(account) ? accountAddress(account)?.origin : undefined;
    return origin === undefined ? undefined : tokenSecretId(account.name, origin);
  }

  /** A storage that fails is as good as an empty one: the person is asked to set the token again. */
  async get(account: Account): Promise<string | undefined> {
    const id = this.secretIdOf(account);
    if (id === undefined) return undefined;
    const token = await this.read(id);
    this.known.set(id, token);
    return token;
  }

  async set(account: Account, token: string): Promise<void> {
    const id = this.secretIdOf(account);
    if (id === undefined) return;
    this.log.hide(token);
    const before = this.known.get(id);
    this.known.set(id, token);
    try {
      await this.ids.add(id);
      await this.secrets.store(id, token);
    } catch (thrown) {
      this.known.set(id, before);
      throw this.failure(thrown);
    }
  }

  /** Keeps the secret with which a flow's checks are signed; an empty one is forgotten. */
  async setAppSecret(accountName: string, flowId: string, secret: string): Promise<void> {
    if (secret !== '') this.log.hide(secret);
    await this.write(appSecretId(accountName, flowId), secret);
  }

  /** App secrets by flow id. */
  async appSecrets(accountName: string): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for (const id of await this.knownIds()) {
      const flowId = flowOfAppSecretId(id, accountName);
      const secret = flowId === undefined ? undefined : await this.read(id);
      if (flowId !== undefined && secret !== undefined) found[flowId] = secret;
    }
    return found;
  }

  /** Keeps the secrets with which Meta's alerts are received; undefined forgets them. */
  async setAlertSecrets(accountName: string, secrets: AlertSecrets | undefined): Promise<void> {
    for (const secret of Object.values(secrets ?? {})) this.log.hide(secret);
    await this.write(alertSecretsId(accountName), secrets ? JSON.stringify(secrets) : '');
  }

  async alertSecrets(accountName: string): Promise<AlertSecrets | undefined> {
    const text = await this.read(alertSecretsId(accountName));
    if (text === undefined) return undefined;
    const secrets = parseAlertSecrets(text);
    for (const secret of Object.values(secrets ?? {})) this.log.hide(secret);
    return secrets;
  }

  async remove(account: Account): Promise<void> {
    const id = this.secretIdOf(account);
    if (id === undefined) return;
    this.known.set(id, undefined);
    try {
      await this.secrets.delete(id);
    } catch (thrown) {
      throw this.failure(thrown);
    }
  }

  /** Gives a meter the app secrets and those of alerts that another name of it left. */
  async moveMeterSecrets(from: string, to: string): Promise<void> {
    await this.copySecrets(from, to, isMeterSecretId);
    await this.deleteUnless((id) => accountOfSecretId(id) !== from || !isMeterSecretId(id));
  }

  /** Gives the secrets of one name to another as well; each stays bound to the origin that it was entered for. */
  async copySecrets(from: string, to: string, isWanted: (id: string) => boolean = () => true): Promise<void> {
    try {
      for (const id of await this.ids.all()) {
        const secret = accountOfSecretId(id) === from && isWanted(id) ? await this.secrets.get(id) : undefined;
        if (!secret) continue;
        const copy = secretIdOfName(id, to);
        this.log.hide(secret);
        this.known.set(copy, secret);
        await this.ids.add(copy);
        await this.secrets.store(copy, secret);
      }
    } catch (thrown) {
      throw this.failure(thrown);
    }
  }

  /**
   * Names that no account has any more and that left a token for this very account's origin, or a meter's secrets for a
   * meter, as a rename by hand does. `names` are those of all accounts in the settings; where they are not known, no name is known to be gone.
   */
  async formerNames(account: Account, names: readonly string[] | undefined): Promise<readonly string[]> {
    if (names === undefined) return [];
    const found = new Set<string>();
    for (const id of await this.knownIds()) {
      const name = accountOfSecretId(id);
      if (name === undefined || names.includes(name)) continue;
      const isOwn = isMeter(account) ? isMeterSecretId(id) : id === this.secretIdOf({ ...account, name });
      if (isOwn && (await this.read(id)) !== undefined) found.add(name);
    }
    return [...found];
  }

  /** Removes every token there is, of whatever account. */
  async removeAll(): Promise<void> {
    await this.deleteUnless(() => false);
  }

  /**
   * Removes every token of an account's name, and what accounts left that were renamed or deleted by hand. `remaining` are
   * the names of all that stand in the settings, readable or not; where they are not known, nothing else is removed.
   */
  async removeAccount(name: string, remaining: readonly string[] | undefined): Promise<void> {
    await this.deleteUnless((id) => {
      const owner = accountOfSecretId(id);
      return owner !== name && (remaining === undefined || (owner !== undefined && remaining.includes(owner)));
    });
  }

  private async deleteUnless(isLeft: (id: string) => boolean): Promise<void> {
    try {
      for (const id of await this.ids.all()) {
        if (isLeft(id)) continue;
        this.known.set(id, undefined);
        await this.secrets.delete(id);
        // A secret that stays is still known, so that it can be removed later.
        await this.ids.remove(id);
      }
    } catch (thrown) {
      throw this.failure(thrown);
    }
  }

  dispose(): void {
    this.store.dispose();
  }

  /** Where they cannot be read, as many as can be had without: none. */
  private async knownIds(): Promise<readonly string[]> {
    try {
      return await this.ids.all();
    } catch (thrown) {
      this.log.error(thrown);
      return [];
    }
  }

  /** An empty secret is forgotten. */
  private async write(id: string, secret: string): Promise<void> {
    try {
      if (secret === '') {
        await this.secrets.delete(id);
        return;
      }
      await this.ids.add(id);
      await this.secrets.store(id, secret);
    } catch (thrown) {
      throw this.failure(thrown);
    }
  }

  private async reread(id: string): Promise<void> {
    const had = this.known.has(id);
    const before = this.known.get(id);
    const token = await this.read(id);
    if (had && before === token) return;
    this.known.set(id, token);
    this.changed.fire(id);
  }

  private async read(id: string): Promise<string | undefined> {
    try {
      const token = await this.secrets.get(id);
      if (token) this.log.hide(token);
      return token || undefined;
    } catch (thrown) {
      this.log.error(thrown);
      return undefined;
    }
  }

  private failure(thrown: unknown): UserFacingError {
    this.log.error(thrown);
    return new UserFacingError(
      l10n.t('The secret storage of this computer did not save the change. Unlock it, then set the token again.'),
    );
  }
}

/** Undefined where another version wrote something else: the meter shall have its other secrets all the same. */
function parseAlertSecrets(text: string): AlertSecrets | undefined {
  try {
    const { verifyToken, appSecret, forwardUrl } = JSON.parse(text) as Partial<Record<keyof AlertSecrets, unknown>>;
    if (typeof verifyToken !== 'string' || typeof appSecret !== 'string') return undefined;
    if (verifyToken === '' || appSecret === '') return undefined;
    return { verifyToken, appSecret, ...(typeof forwardUrl === 'string' ? { forwardUrl } : {}) };
  } catch {
    return undefined;
  }
}
