/** Meta's alerts at the meter: closed until a person has set it up, and what came of the newest that knocked. */
import type { AlertSecrets } from '../contract/meterState';
import type { Webhook } from '../recorder/recorder';
import { createWebhook, type WebhookNews } from '../recorder/webhook/webhookReceiver';
import type { MeterStore } from '../server/meter/meterStore';

export interface AlertDoorOptions {
  readonly store: Pick<MeterStore, 'recordAlerts'>;
  /** Opens the recorder's `/webhook` to this, or closes it. */
  readonly serve: (webhook: Webhook | undefined) => void;
  /** Called after each change of what is to be told. */
  readonly onChange: () => void;
}

const words: Readonly<Partial<Record<WebhookNews, string>>> = {
  wrongToken:
    'Meta’s webhook was not set up: the verify token that came is another one. “Receive Meta’s Alerts…” copies the right one.',
  wrongSignature:
    'An alert was refused: it is signed with another app secret than the one you entered. “Receive Meta’s Alerts…” changes it.',
  notStored: 'An alert of Meta could not be stored.',
};

export class AlertDoor {
  private secrets: AlertSecrets | undefined;
  private trouble: WebhookNews | undefined;

  constructor(private readonly options: AlertDoorOptions) {}

  get isOpen(): boolean {
    return this.secrets !== undefined;
  }

  /** The newest trouble as a sentence, until something of its kind goes well. */
  get notes(): readonly string[] {
    const text = this.trouble && words[this.trouble];
    return text === undefined ? [] : [text];
  }

  /** Takes these from the next request on; null forgets them. */
  take(secrets: AlertSecrets | null): void {
    const { verifyToken, appSecret } = secrets ?? {};
    // Every window that comes hands them over; what they refused before still holds.
    if (verifyToken === this.secrets?.verifyToken && appSecret === this.secrets?.appSecret) return;
    const { store, serve, onChange } = this.options;
    this.secrets = secrets ?? undefined;
    this.trouble = undefined;
    serve(secrets ? createWebhook({ ...secrets, store, onNews: (news) => this.hear(secrets, news) }) : undefined);
    onChange();
  }

  private hear(secrets: AlertSecrets, news: WebhookNews): void {
    // A request that began before a change tells nothing of what holds now.
    if (secrets !== this.secrets) return;
    const before = this.trouble;
    if (news === 'stored' || (news === 'subscribed' && before === 'wrongToken')) this.trouble = undefined;
    else if (news !== 'subscribed') this.trouble = news;
    if (this.trouble !== before) this.options.onChange();
  }
}
