/** Where a command gets a bearer token from: never from its arguments, which other programs can read. */
import { isPrintableWord } from '../util/printableWord';
import { randomBytes } from 'node:crypto';
import { StartError } from './command';
import { readSecret } from './secret';

export interface Token {
  readonly value: string;
  /** True where it was made up and must be told. */
  readonly made: boolean;
}

/** From the file where one is named, else from FLOWMETER_TOKEN, else a new one; throws `StartError`. */
export function serverToken(file: string | undefined): Token {
  const given = file === undefined ? process.env.FLOWMETER_TOKEN : readToken(file);
  return given ? { value: checked(given), made: false } : { value: randomBytes(32).toString('base64url'), made: true };
}

/** The one word in the file; throws `StartError`. */
export function readToken(file: string): string {
  return checked(readSecret(file, 'token'));
}

function checked(token: string): string {
  if (!isPrintableWord(token, 4096)) {
    throw new StartError('The token must be one word of printable ASCII characters.');
  }
  return token;
}
