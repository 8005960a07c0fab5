import { window, type LogOutputChannel } from 'vscode';
import { RepeatedLines } from '../../util/repeatedLines';
import { logName } from '../../ids';
import { Redaction } from '../util/redaction';

/**
 * The one output channel. No line leaves without redaction, and what comes from outside begins none. Lines of one cause that
 * follow each other within a minute are counted.
 */
export class Log {
  private readonly channel: LogOutputChannel = window.createOutputChannel(logName, { log: true });
  private readonly redaction = new Redaction();
  private readonly repeated = {
    info: new RepeatedLines({ write: (line) => this.channel.info(line) }),
    warn: new RepeatedLines({ write: (line) => this.channel.warn(line) }),
    error: new RepeatedLines({ write: (line) => this.channel.error(line) }),
  };

  /** From now on that value never stands in a line. */
  hide(secret: string): void {
    this.redaction.hide(secret);
  }

  /** Without a cause of its own a line is only like its equals. */
  info(text: string, cause?: string): void {
    this.repeated.info.add(this.redaction.line(text), cause);
  }

  warn(text: string): void {
    this.repeated.warn.add(this.redaction.line(text));
  }

  /** Logs an unexpected error with its stack. */
  error(thrown: unknown): void {
    const text = thrown instanceof Error ? (thrown.stack ?? `${thrown.name}: ${thrown.message}`) : String(thrown);
    this.repeated.error.add(this.redaction.lines(text));
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    for (const lines of Object.values(this.repeated)) lines.close();
    this.channel.dispose();
  }
}
