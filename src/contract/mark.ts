/** Marks of a meter: what happened at an instant, such as a release. Written and read in one place. */
import { MetricsError } from './errors';
import { instantOf } from './event';
import { isGraphId } from './flow';
import { maxLength, truncate } from './lengthLimits';
import { objectOf } from '../util/json';
import { parsed, problem, type Parsed } from '../util/parsed';

export const markContentType = 'application/json';
/** A meter keeps, and tells, so many: the oldest give way. */
export const maxMarks = 500;
/** In characters. */
export const maxMarkLength = 100;

export interface NewMark {
  readonly text: string;
  /** In epoch milliseconds. */
  readonly time: number;
  /** Left out: of all flows. */
  readonly flowId?: string;
}

export interface MeterMark extends NewMark {
  readonly id: string;
}

/** The text in one line, or what is wrong with it. */
export function parseMarkText(given: unknown): Parsed<string> {
  const text =
    typeof given === 'string'
      ? given
          // What cannot be seen, or turns the line around, goes; joiners and variations within an emoji stay.
          .replace(/(?![\u200c\u200d\ufe0e\ufe0f])[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
          .replace(/[\p{Cc}\p{Zl}\p{Zp}\s\u2800]+/gu, ' ')
          .replace(/\p{Surrogate}/gu, '\ufffd')
          .trim()
      : '';
  const length = /[^\u200c\u200d\ufe0e\ufe0f]/u.test(text) ? Array.from(text).length : 0;
  return length > 0 && length <= maxMarkLength
    ? parsed(text)
    : problem(`must be text of 1 to ${maxMarkLength} characters.`);
}

/** Reads the body of `POST /marks`; a mark without a time is one of `now`. */
export function parseMark(json: unknown, now: number): Parsed<NewMark> {
  const object = objectOf(json);
  if (!object) return problem('A mark must be a JSON object, such as {"text":"v1.4.2"}.');
  const text = parseMarkText(object.text);
  if (!text.ok) return problem(`"text" ${text.problem}`);
  const { time = now, flow } = object;
  const instant = instantOf(time);
  if (instant === undefined) {
    return problem(
      '"time" must be an ISO time with its zone, such as "2026-03-12T14:18:00Z", or epoch milliseconds; left out it is now.',
    );
  }
  if (flow === undefined || flow === null) return parsed({ text: text.value, time: instant });
  if (!isGraphId(flow)) {
    return problem('"flow" must be a flow id: 1 to 20 digits, as text; left out the mark is one of all flows.');
  }
  return parsed({ text: text.value, time: instant, flowId: flow });
}

/** Id of the mark that the body of `POST /marks` asks to remove; undefined where it is a mark itself. */
export function parseRemoval(json: unknown): Parsed<string> | undefined {
  const object = objectOf(json);
  if (!object || !Object.hasOwn(object, 'remove')) return undefined;
  const { remove: id } = object;
  return typeof id === 'string' && /^\d{1,15}$/.test(id) && Object.keys(object).length === 1
    ? parsed(id)
    : problem('"remove" must be the id of a mark, as text, and stand alone.');
}

/** A mark as it stands in answers. */
export function markBody({ id, text, time, flowId }: MeterMark): Readonly<Record<string, unknown>> {
  return { id, text, time: new Date(time).toISOString(), flow: flowId };
}

/** Reads the answer of `GET /marks`; throws `invalidResponse` where it is none. */
export function parseMarksAnswer(json: unknown): readonly MeterMark[] {
  const data = objectOf(json)?.data;
  if (!Array.isArray(data)) throw new MetricsError('invalidResponse', 'The answer holds no list of marks.');
  return data.slice(0, maxMarks).map((entry: unknown) => {
    const id = objectOf(entry)?.id;
    const mark = parseMark(entry, NaN);
    if (typeof id !== 'string' || !mark.ok) {
      throw new MetricsError('invalidResponse', 'The answer holds a mark that cannot be read.');
    }
    return { ...mark.value, id: truncate(id, maxLength.id) };
  });
}
