/** Graph's batches: several reads in one POST, however it is written. */
import { maxBatchSize } from '../contract/routes';
import { objectOf, type JsonObject } from '../util/json';
import { badParameter } from './graphFailure';

interface BatchBody {
  readonly contentType?: string;
  readonly body?: string;
}

interface Batch {
  readonly parts: readonly unknown[];
  readonly includeHeaders: boolean;
}

const takenTypes = 'application/x-www-form-urlencoded, multipart/form-data or application/json';

/** The parts of a batch: from the query, a form, or a JSON body, where `batch` may also be a list. */
export async function readBatch(query: URLSearchParams, request: BatchBody): Promise<Batch> {
  const sent = { ...Object.fromEntries(query), ...(await parametersOf(request)) };
  const parts = typeof sent.batch === 'string' ? parseJson(sent.batch, 'batch') : sent.batch;
  if (!Array.isArray(parts) || parts.length === 0) throw badParameter('batch must be a JSON list of requests.');
  if (parts.length > maxBatchSize) {
    throw badParameter(`batch holds ${parts.length} requests: the most that is allowed is ${maxBatchSize}.`);
  }
  const { include_headers: wanted = true } = sent;
  if (!['boolean', 'number', 'string'].includes(typeof wanted)) {
    throw badParameter('include_headers must be true or false.');
  }
  return { parts, includeHeaders: !['false', '0'].includes(String(wanted)) };
}

/** A part as a request of its own; what cannot be one becomes a path that no route has, and fails alone. */
export function partRequest(part: unknown, version: string): { method: string; target: string } {
  const { method, relative_url: url } = objectOf(part) ?? {};
  const target = typeof url === 'string' ? url.replace(/^\//, '') : '';
  const readable = typeof method === 'string' && method.toUpperCase() === 'GET';
  // Only reading: a batch within a batch would multiply the limit.
  return {
    method: readable ? 'GET' : 'UNSUPPORTED',
    target: /^v\d/.test(target) ? `/${target}` : `/${version}/${target}`,
  };
}

async function parametersOf({ contentType = '', body = '' }: BatchBody): Promise<JsonObject> {
  switch (contentType.split(';', 1)[0]!.trim().toLowerCase()) {
    case 'application/json': {
      const json = parseJson(body, 'The body');
      return Array.isArray(json) ? { batch: json } : (objectOf(json) ?? {});
    }
    case 'application/x-www-form-urlencoded':
      return Object.fromEntries(new URLSearchParams(body));
    case 'multipart/form-data':
      return readMultipart(contentType, body);
    default:
      if (body === '') return {};
      throw badParameter(`batch must be sent as ${takenTypes}.`);
  }
}

async function readMultipart(contentType: string, body: string): Promise<Record<string, unknown>> {
  let form: FormData;
  try {
    form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw badParameter('The body is no multipart/form-data: its boundary or its end is missing.');
  }
  const values: Record<string, unknown> = {};
  for (const [name, value] of form) values[name] = typeof value === 'string' ? value : await value.text();
  return values;
}

function parseJson(text: string, name: string): unknown {
  try {
    // Some programs begin every text with a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw badParameter(`${name} is not JSON.`);
  }
}
