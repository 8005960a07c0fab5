/** Graph's batch on the wire: many reads in one POST, and their answers in the same order. */
import { MetricsError } from '../contract/errors';
import { maxLength } from '../contract/lengthLimits';
import type { BatchPart } from '../contract/routes';
import { objectOf } from '../util/json';
import type { HttpAnswer } from './transport';

/**
 * Whether the server of an account takes batches; held longer than its client, so that it is found once. Batches
 * are `refused` for good: where they do not work, plain requests do.
 */
export interface BatchSupport {
  state: 'untried' | 'works' | 'refused';
  /** So many reads travel together at most, where the server found more of them too much. */
  maxReads?: number;
  /** The first batch is on its way; it never rejects. */
  trial?: Promise<unknown> | undefined;
}

const maxHeaders = 100;

/** The form that asks for these paths, which begin with `/vN.N/`: the version of the batch is that of its parts. */
export function batchForm(paths: readonly string[]): string {
  const parts = paths.map((path): BatchPart => ({ method: 'GET', relative_url: path.replace(/^\/v[\d.]+\//, '') }));
  return new URLSearchParams({ batch: JSON.stringify(parts) }).toString();
}

/** The list that a good answer holds; undefined for anything else. */
export function parseList({ status, text }: HttpAnswer): unknown {
  if (status !== 200 || !text.startsWith('[')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The parts of an answer as answers of their own; undefined for a part that the server left out. Throws
 * `invalidResponse` for everything that is no answer to a batch of so many parts.
 */
export function readBatchAnswer(json: unknown, count: number): readonly (HttpAnswer | undefined)[] {
  if (!Array.isArray(json)) throw nonsense('is no list');
  if (json.length !== count) throw nonsense(`has ${json.length} parts in place of ${count}`);
  const answers = json.map(readPart);
  if (answers.every((answer) => answer === undefined)) throw nonsense('answers none of its parts');
  return answers;
}

function readPart(part: unknown): HttpAnswer | undefined {
  if (part === null) return undefined;
  const { code, headers, body } = objectOf(part) ?? {};
  if (typeof code !== 'number' || typeof body !== 'string') throw nonsense('has a part without code and body');
  const named = Array.isArray(headers) ? (headers as readonly unknown[]).slice(0, maxHeaders).map(readHeader) : [];
  return {
    status: code,
    header: (wanted) => named.find(([name]) => name === wanted)?.[1] ?? null,
    text: body,
  };
}

function readHeader(header: unknown): readonly [string, string] {
  const { name, value } = (header ?? {}) as Readonly<Record<string, unknown>>;
  // A value that is longer than any header says nothing.
  const textOf = (part: unknown): string => {
    const text = typeof part === 'number' ? String(part) : part;
    return typeof text === 'string' && text.length <= maxLength.header ? text : '';
  };
  return [textOf(name).toLowerCase(), textOf(value)];
}

function nonsense(what: string): MetricsError {
  return new MetricsError('invalidResponse', `The answer to a batch ${what}.`);
}
