/** Marks that a meter takes and tells over HTTP. */
import { isGraphId } from '../contract/flow';
import { markBody, markContentType, parseMark } from '../contract/mark';
import { badParameter, meterErrorTexts, unavailable } from './graphFailure';
import { MeterError, type MeterStore } from '../store/meterStore';
import type { ApiRequest } from './api';
import { parseJson } from '../util/json';

/** Answers once the mark is on disk; throws a `GraphFailure` where it is not. */
export async function takeMark(
  meter: MeterStore,
  { contentType = '', body = '' }: ApiRequest,
  now: number,
): Promise<unknown> {
  if (contentType.split(';', 1)[0]!.trim().toLowerCase() !== markContentType) {
    throw badParameter(`A mark must be sent as ${markContentType}: one object, such as {"text":"v1.4.2"}.`);
  }
  const mark = parseMark(jsonOf(body), now);
  if (!mark.ok) throw badParameter(mark.problem);
  try {
    const { added, ...kept } = await meter.addMark(mark.value);
    return { ...markBody(kept), added };
  } catch (error) {
    if (!(error instanceof MeterError) || error.kind === 'refused' || error.kind === 'tooLarge') throw error;
    throw unavailable(`${meterErrorTexts[error.kind]} The mark was not kept: send it again later.`);
  }
}

/** Newest first: every mark, or with `flow` those of that flow and of all flows. */
export async function listMarks(meter: MeterStore, query: URLSearchParams): Promise<unknown> {
  const flow = query.get('flow') ?? undefined;
  if (flow !== undefined && !isGraphId(flow)) throw badParameter('flow must be a flow id: 1 to 20 digits.');
  return { data: (await meter.readMarks(flow)).map(markBody) };
}

function jsonOf(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    throw badParameter('The body is not JSON: send one object, such as {"text":"v1.4.2"}.');
  }
}
