import type { AlertSecrets } from '../domain/meterState';
import type { RecordingService } from '../recording/recordingService';
import type { WebhookOutcome } from '../recorder/webhook/webhookReceiver';

interface WebhookAlertsOptions {
  readonly recording: Pick<RecordingService, 'setWebhook'>;
  /** Called after each change of `isOpen` and `notes`. */
  readonly onChange: () => void;
}

/** A tunnel is open to everybody, so that a refused token or signature may also be that of a stranger. */
const texts: Readonly<Partial<Record<WebhookOutcome, string>>> = {
  wrongToken:
    'A webhook was not set up: its verify token does not match. If you are setting it up at Meta now, “Receive Meta’s Alerts…” copies the right one; otherwise somebody else tried.',
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

/** The failures that are over after a success. */
const endedBy: Readonly<Partial<Record<WebhookOutcome, readonly WebhookOutcome[]>>> = {
  subscribed: ['wrongToken'],
  signed: ['wrongSignature'],
  stored: ['notStored'],
  forwarded: ['notForwarded', 'circular'],
};

/** Meta's alerts at the meter: none are taken before a person has set them up. */
export class WebhookAlerts {
  private secrets: AlertSecrets | undefined;
  private readonly failures = new Set<WebhookOutcome>();

  constructor(private readonly options: WebhookAlertsOptions) {}

  get isOpen(): boolean {
    return this.secrets !== undefined;
  }

  /** Failures as sentences, each until something of its kind succeeds. */
  get notes(): readonly string[] {
    return [...this.failures].flatMap((failure) => texts[failure] ?? []);
  }

  /** Takes alerts with these secrets from the next request on; null takes none. */
  take(secrets: AlertSecrets | null): void {
    // Every window that connects hands them over; the failures that they led to before still hold.
    if (isSame(secrets ?? undefined, this.secrets)) return;
    const { recording, onChange } = this.options;
    recording.setWebhook(
      secrets ? { ...secrets, onOutcome: (outcome) => this.onOutcome(secrets, outcome) } : undefined,
    );
    this.secrets = secrets ?? undefined;
    this.failures.clear();
    onChange();
  }

  private onOutcome(secrets: AlertSecrets, outcome: WebhookOutcome): void {
    // A request that began before a change tells nothing about the secrets of now.
    if (secrets !== this.secrets) return;
    const ended = (endedBy[outcome] ?? []).filter((failure) => this.failures.delete(failure));
    const isNew = texts[outcome] !== undefined && !this.failures.has(outcome);
    if (isNew) this.failures.add(outcome);
    if (isNew || ended.length > 0) this.options.onChange();
  }
}

function isSame(a: AlertSecrets | undefined, b: AlertSecrets | undefined): boolean {
  return a?.verifyToken === b?.verifyToken && a?.appSecret === b?.appSecret && a?.forwardUrl === b?.forwardUrl;
}
