import { window, type LogOutputChannel } from 'vscode';
import { logName } from '../ids';
import { Redaction } from './redaction';

/** The one output channel. No line leaves without redaction, and what comes from outside begins none. */
export class Log {
  private readonly channel: LogOutputChannel = window.createOutputChannel(logName, { log: true });
  private readonly redaction = new Redaction();

  /** From now on that value never stands in a line. */
  hide(secret: string): void {
    this.redaction.hide(secret);
  }

  info(text: string): void {
    this.channel.info(this.redaction.line(text));
  }

  warn(text: string): void {
    this.channel.warn(this.redaction.line(text));
  }

  /** What nobody expected, with its stack. */
  error(thrown: unknown): void {
    const text = thrown instanceof Error ? (thrown.stack ?? `${thrown.name}: ${thrown.message}`) : String(thrown);
    this.channel.error(this.redaction.lines(text));
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}
