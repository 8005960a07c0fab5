import type { Formats } from './formats';

/** The language of a person at one moment: sentences say how old a figure is, and when something goes on. */
export interface Speech extends Formats {
  /** The computer's clock, in epoch milliseconds. */
  readonly now: number;
}
