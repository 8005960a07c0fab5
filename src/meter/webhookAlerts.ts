/** Meta's alerts at the meter: closed until a person has set it up, and what went wrong with those that knocked. */
import type { AlertSecrets } from '../domain/meterState';
import type { WebhookHandler } from '../recorder/recorder';
import { createWebhook, type WebhookOutcome, type WebhookReceiver } from '../recorder/webhook/webhookReceiver';
import type { MeterStore } from '../store/meterStore';

export interface WebhookAlertsOptions {
  readonly store: Pick<MeterStore, 'recordAlerts'>;
  /** Opens the recorder's `/webhook` to this, or closes it. */
  readonly serve: (webhook: WebhookHandler | undefined) => void;
  /** Called after each change of what is to be told. */
  readonly onChange: () => void;
}

/** Anybody may knock at a tunnel: what is said of a token or a signature is true of a stranger’s as well. */
const words: Readonly<Partial<Record<WebhookOutcome, string>>> = {
  wrongToken:
    'A webhook was not set up: the verify token that came is another one. If you are just setting it up at Meta, “Receive Meta’s Alerts…” copies the right one; else a stranger tried.',
  wrongSignature:
    'A webhook was refused: it is signed with another app secret than the one you entered. If Meta’s alerts stay away, “Receive Meta’s Alerts…” changes it; else a stranger sent it.',
  notStored: 'An alert of Meta could not be stored. Meta will send it again.',
  notForwarded:
    'Notices of Meta could not be passed on: the program at the address that you entered does not answer. Meta will send them again. “Receive Meta’s Alerts…” changes the address.',
  circular:
    'Notices of Meta cannot be passed on: the address that you entered leads back to the meter. “Receive Meta’s Alerts…” changes it to that of your own program.',
  unheard:
    'Meta sends more than alerts to the meter, such as messages, and no other program gets them. “Receive Meta’s Alerts…” passes them on, or subscribe your app at Meta to the field “flows” only.',
};

/** Which troubles are over once something went well. */
const endedBy: Readonly<Partial<Record<WebhookOutcome, readonly WebhookOutcome[]>>> = {
  subscribed: ['wrongToken'],
  signed: ['wrongSignature'],
  stored: ['notStored'],
  forwarded: ['notForwarded', 'circular'],
};

export class WebhookAlerts {
  private secrets: AlertSecrets | undefined;
  private receiver: WebhookReceiver | undefined;
  /** Those that were replaced and may still have something under way. */
  private readonly closing = new Set<Promise<void>>();
  private readonly troubles = new Set<WebhookOutcome>();

  constructor(private readonly options: WebhookAlertsOptions) {}

  get isOpen(): boolean {
    return this.secrets !== undefined;
  }

  /** What went wrong, as sentences, until something of its kind goes well. */
  get notes(): readonly string[] {
    return [...this.troubles].flatMap((trouble) => words[trouble] ?? []);
  }

  /** Takes these from the next request on; null forgets them. */
  take(secrets: AlertSecrets | null): void {
    // Every window that comes hands them over; what they refused before still holds.
    if (isSame(secrets ?? undefined, this.secrets)) return;
    const { store, serve, onChange } = this.options;
    this.replaceReceiver(
      secrets ? createWebhook({ ...secrets, store, onOutcome: (news) => this.hear(secrets, news) }) : undefined,
    );
    this.secrets = secrets ?? undefined;
    this.troubles.clear();
    serve(this.receiver?.serve);
    onChange();
  }

  /** Takes nothing more; resolves when what is under way is stored and answered. */
  async close(): Promise<void> {
    this.replaceReceiver(undefined);
    await Promise.all(this.closing);
  }

  private replaceReceiver(receiver: WebhookReceiver | undefined): void {
    const closed = this.receiver?.close();
    this.receiver = receiver;
    if (!closed) return;
    this.closing.add(closed);
    void closed.finally(() => this.closing.delete(closed));
  }

  private hear(secrets: AlertSecrets, news: WebhookOutcome): void {
    // A request that began before a change tells nothing of what holds now.
    if (secrets !== this.secrets) return;
    const over = (endedBy[news] ?? []).filter((trouble) => this.troubles.delete(trouble));
    const isNew = words[news] !== undefined && !this.troubles.has(news);
    if (isNew) this.troubles.add(news);
    if (isNew || over.length > 0) this.options.onChange();
  }
}

function isSame(one: AlertSecrets | undefined, other: AlertSecrets | undefined): boolean {
  return (
    one?.verifyToken === other?.verifyToken &&
    one?.appSecret === other?.appSecret &&
    one?.forwardUrl === other?.forwardUrl
  );
}
