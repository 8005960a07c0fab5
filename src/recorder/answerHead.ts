/** The head of an endpoint's answer, as it may be written to the caller. */
import type { IncomingMessage } from 'node:http';
import { parsed, problem, type Parsed } from '../util/parsed';
import { isPlainAnswer } from '../util/transferCoding';
import { endToEndHeaders } from './forwardedHeaders';
import { cleanFieldValue, isFieldValue } from './fieldValue';
import { announcedTrailers } from './trailers';

interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn. */
  readonly headers: string[];
  /** False where the endpoint's connection must not serve another request. */
  readonly mayKeep: boolean;
}

/**
 * Reads leniently and writes strictly: what the caller gets has one length at most, and no character that a reader may
 * take for the end of a line. A problem says why the head cannot be passed on. `mayTrail`: what the caller gets is written
 * in chunks, behind which trailers may stand.
 */
export function parseAnswerHead(answer: IncomingMessage, mayTrail: boolean): Parsed<AnswerHead> {
  const { statusCode: status = 0, statusMessage = '', rawHeaders, headers } = answer;
  // Without an upgrade that was asked for, 101 is no answer; and below 100 there is no status.
  if (status < 200) return problem(`status ${String(status).padStart(3, '0')}`);
  const coding = headers['transfer-encoding']?.trim().toLowerCase();
  // The request asked for no other coding, so that no caller would understand it.
  if (!isPlainAnswer(coding)) return problem('unknown Transfer-Encoding');
  const twoLengths = coding !== undefined && headers['content-length'] !== undefined;
  // It would be read to the end of the connection, for which its endpoint may wait for ever.
  if (twoLengths && coding === 'identity') return problem('Content-Length beside Transfer-Encoding identity');
  const kept = endToEndHeaders(rawHeaders, headers.connection, coding === undefined ? nothing : lengthOnly);
  let isClean = true;
  for (let i = 1; i < kept.length; i += 2) {
    if (isFieldValue(kept[i]!)) continue;
    kept[i] = cleanFieldValue(kept[i]!);
    isClean = false;
  }
  const isChunked = coding !== undefined && coding !== 'identity' && !withoutBody.has(status);
  const trailers = mayTrail && isChunked ? announcedTrailers(headers.trailer, headers.connection) : undefined;
  if (trailers !== undefined) kept.push('Trailer', trailers);
  return parsed({
    status,
    reason: cleanFieldValue(statusMessage),
    headers: kept,
    // Where it is doubtful where an answer ends, the next one must not be read after it.
    mayKeep: isClean && !twoLengths && !/timeout=0*(?![\d.])/.test(String(headers['keep-alive'])),
  });
}

const nothing: ReadonlySet<string> = new Set();
/** The chunks tell the length. */
const lengthOnly: ReadonlySet<string> = new Set(['content-length']);
/** Answers of these statuses have none, so that nothing can stand behind it. */
const withoutBody: ReadonlySet<number> = new Set([204, 304]);
