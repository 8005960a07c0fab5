/** Marks that a meter takes and tells over HTTP. */
import { isGraphId } from '../contract/flow';
import { markBody, markContentType, parseMark, parseRemoval } from '../contract/mark';
import { badParameter, meterErrorTexts, unavailable } from './graphFailure';
import { MeterError, type MeterStore } from '../store/meterStore';
import type { ApiRequest } from './api';
import { parseJson } from '../util/json';

/** Answers once the mark is on disk, or removed from it; throws a `GraphFailure` where it is not. */
export async function takeMark(
  meter: MeterStore,
  { contentType = '', body = '' }: ApiRequest,
  now: number,
): Promise<unknown> {
  if (contentType.split(';', 1)[0]!.trim().toLowerCase() !== markContentType) {
    throw badParameter(`A mark must be sent as ${markContentType}: one object, such as {"text":"v1.4.2"}.`);
  }
  const json = jsonOf(body);
  const removal = parseRemoval(json);
  if (removal) {
    if (!removal.ok) throw badParameter(removal.problem);
    const removed = await kept(meter.removeMark(removal.value), 'The mark was not removed');
    return { removed };
  }
  const mark = parseMark(json, now);
  if (!mark.ok) throw badParameter(mark.problem);
  const { added, ...known } = await kept(meter.addMark(mark.value), 'The mark was not kept');
  return { ...markBody(known), added };
}

async function kept<T>(change: Promise<T>, otherwise: string): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof MeterError) || error.kind === 'refused' || error.kind === 'tooLarge') throw error;
    throw unavailable(`${meterErrorTexts[error.kind]} ${otherwise}: send it again later.`);
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
