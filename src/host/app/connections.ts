import { isDemo, isMeter, needsToken, type Account, type AccountAddress, accountAddress } from '../../domain/account';
import type { BatchSupport } from '../../client/batch';
import type { Budget } from '../../client/budget';
import type { ListSupport } from '../../client/listSupport';
import type { MetricsClient } from '../../contract/client';
import type { EmbeddedServer } from '../../server/embedded';
import { sameAccount } from '../../state/accountKey';
import type { SharedCallLog } from '../storage/sharedCallLog';
import type { Credentials } from '../storage/credentials';
import type { Log } from './log';
import type { MeterAddress, MeterHost } from '../meter/meterHost';
import { systemClock } from '../../util/clock';

interface Open {
  readonly account: Account;
  /** Of the server that this editor runs for the account. */
  readonly embeddedUrl: string | undefined;
  readonly embeddedToken: string | undefined;
  readonly client: Promise<MetricsClient>;
}

/** A server that this editor runs. */
type OwnServer = Pick<MeterAddress, 'url' | 'token'> & Partial<MeterAddress>;

/** Facts learnt about an account's server. */
interface Learnt {
  readonly budget: Budget;
  readonly batch: BatchSupport;
  readonly list: ListSupport;
}

/** From an account to a client of its server. Neither client nor embedded server is loaded before it is needed. */
export class Connections {
  private readonly open = new Map<string, Open>();
  /** By account and origin: what was spent stays spent, and what was learnt is known, when a client is made anew. */
  private readonly learnt = new Map<string, Learnt>();
  private server: Promise<EmbeddedServer> | undefined;
  private disposed = false;
  private readonly meterListener: { dispose(): unknown };

  constructor(
    private readonly credentials: Credentials,
    private readonly callLog: SharedCallLog,
    private readonly meter: MeterHost,
    private readonly log: Log,
  ) {
    this.meterListener = meter.onDidChange((state) => {
      // A meter's address passes to whoever asks for a port next: nothing more goes there once it is gone.
      this.closeWhere(({ account, embeddedUrl }) => {
        return isMeter(account) && !(state.kind === 'running' && state.url === embeddedUrl);
      });
    });
  }

  /** The account's client, or undefined where it has no token. One client serves until the account changes. */
  readonly connect = async (account: Account): Promise<MetricsClient | undefined> => {
    if (needsToken(account) && (await this.credentials.get(account)) === undefined) return undefined;
    const server = await this.serverOf(account);
    const known = this.open.get(account.name);
    // The next meter has another token, though it may get the same port.
    const sameServer = known?.embeddedUrl === server?.url && known?.embeddedToken === server?.token;
    if (known && sameAccount(known.account, account) && sameServer) return known.client;
    if (known) close(known);
    // The token is read for each request, so a new one needs no new client, and the budget of calls goes on.
    const token = server ? server.token : (): Promise<string | undefined> => this.credentials.get(account);
    const client = this.create(account, token, server);
    this.open.set(account.name, { account, client, embeddedUrl: server?.url, embeddedToken: server?.token });
    client.catch(() => {
      if (this.open.get(account.name)?.client === client) this.open.delete(account.name);
    });
    return client;
  };

  /** Tries a token that is stored nowhere yet; rejects with a `MetricsError`. */
  async probe(account: Account, token: string, signal: AbortSignal): Promise<void> {
    this.log.hide(token);
    // A pause or a spent hour says nothing of a token, so neither keeps it from being tried.
    const client = await this.create(account, token, undefined, true);
    try {
      await client.probe(signal);
    } finally {
      client.dispose();
    }
  }

  /** Where the account's requests go, for a person to read. */
  async addressOf(account: Account): Promise<AccountAddress | undefined> {
    return accountAddress(account, (await this.serverOf(account))?.url);
  }

  /** Ends clients of accounts that are gone or changed, and the embedded server where nobody needs it. */
  retainOnly(accounts: readonly Account[]): void {
    this.closeWhere((open) => !accounts.some((account) => sameAccount(account, open.account)));
    if (!accounts.some(isDemo)) this.stopServer();
    if (!accounts.some(isMeter)) this.meter.release();
  }

  dispose(): void {
    this.disposed = true;
    this.meterListener.dispose();
    this.closeWhere(() => true);
    this.stopServer();
  }

  /** The server that this editor runs for the account; undefined for those that have one of their own. */
  private async serverOf(account: Account): Promise<OwnServer | undefined> {
    if (isDemo(account)) return this.embedded();
    return isMeter(account) ? this.meter.address() : undefined;
  }

  private async create(
    account: Account,
    token: string | (() => Promise<string | undefined>),
    server: OwnServer | undefined,
    isByHand = false,
  ): Promise<MetricsClient> {
    const { byHand, createBudget, createHttpClient, createListSupport } = await import('../../client/httpClient');
    const key = JSON.stringify([account.name, accountAddress(account)?.origin]);
    const learnt = this.learnt.get(key) ?? {
      budget: createBudget(systemClock, this.callLog.of(key)),
      batch: { state: 'untried' as const },
      list: createListSupport(),
    };
    this.learnt.set(key, learnt);
    return createHttpClient({
      account,
      token,
      // A meter is read every few seconds, which would flood the log; failures are logged by the refresher.
      log: isMeter(account) ? () => undefined : (line) => this.log.info(`“${account.name}”: ${line}`),
      ...learnt,
      ...(isByHand && { budget: byHand(learnt.budget) }),
      ...(server && { embeddedUrl: server.url }),
      ...(server?.createAgent && { createAgent: server.createAgent }),
    });
  }

  private closeWhere(isOver: (open: Open) => boolean): void {
    for (const [name, open] of this.open) {
      if (!isOver(open)) continue;
      this.open.delete(name);
      close(open);
    }
  }

  private embedded(): Promise<EmbeddedServer> {
    if (!this.server) {
      const server = import('../../server/embedded').then(({ startEmbeddedServer }) => startEmbeddedServer());
      this.server = server;
      server.then(
        ({ token }) => {
          this.log.hide(token);
          if (this.disposed) this.stopServer();
        },
        () => {
          if (this.server === server) this.server = undefined;
        },
      );
    }
    return this.server;
  }

  private stopServer(): void {
    const { server } = this;
    this.server = undefined;
    server?.then((running) => running.close()).catch((error) => this.log.error(error));
  }
}

function close({ client }: Open): void {
  client.then(
    (running) => running.dispose(),
    () => undefined,
  );
}
