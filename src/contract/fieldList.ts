/** The parameter `fields` of Graph: names with modifiers and sub-fields, such as `id,owner{name},flows.limit(5){id}`. */
import { MetricsError } from './errors';
import { latencyField } from './latency';

export interface PlainField {
  readonly kind: 'field';
  readonly name: string;
  /** `.limit(5)`, `.invalidate(true)` and the like, by their name in lower case; absent where there are none. */
  readonly modifiers?: ReadonlyMap<string, string>;
  /** The sub-fields in braces behind it. */
  readonly fields?: readonly FieldRequest[];
  /** The same as it was written. */
  readonly fieldsText?: string;
}

/** One entry of a `fields` list. */
export type FieldRequest =
  | PlainField
  | { readonly kind: 'metric'; readonly arguments: ReadonlyMap<string, string> }
  /** Percentiles in milliseconds, which only a meter has. */
  | { readonly kind: 'latency'; readonly arguments: ReadonlyMap<string, string> };

/** The fields that need arguments of their own, and which. */
const fieldsWithArguments = {
  metric: ['name', 'granularity', 'since', 'until'],
  [latencyField]: ['granularity', 'since', 'until'],
} as const;
type FieldWithArguments = keyof typeof fieldsWithArguments;

const maxFields = 500;
/** A list is read by recursion, so its depth is bounded. */
const maxDepth = 8;

/** Reads a `fields` list; throws `invalidRequest` for anything else. */
export function parseFields(text: string): readonly FieldRequest[] {
  return new FieldListReader(text).readAll();
}

class FieldListReader {
  private at = 0;
  private count = 0;

  constructor(private readonly text: string) {}

  readAll(): readonly FieldRequest[] {
    const fields = this.readList(1);
    if (this.at < this.text.length) throw invalid('fields', `${this.rest()} is one too many.`);
    return fields;
  }

  private readList(depth: number): readonly FieldRequest[] {
    if (depth > maxDepth) throw invalid('fields', `sub-fields are nested too deep: ${maxDepth} levels are allowed.`);
    const fields: FieldRequest[] = [];
    const names = new Set<string>();
    do {
      if (++this.count > maxFields) throw invalid('fields', `there are too many: ${maxFields} are allowed.`);
      const field = this.readField(depth);
      const name = nameOf(field);
      // Each costs what reading it costs, under whatever other name it is asked for.
      if (names.has(name)) throw invalid('fields', `${name} can be asked for once.`);
      names.add(name);
      fields.push(field);
    } while (this.take(/,/y));
    return fields;
  }

  private readField(depth: number): FieldRequest {
    this.take(/\s+/y);
    const begin = this.at;
    const [name] = this.take(/[a-z_][a-z0-9_]*/iy) ?? [];
    if (name === undefined) throw invalid('fields', `"${this.entryFrom(begin)}" is not a field name.`);
    if (Object.hasOwn(fieldsWithArguments, name)) return this.readArguments(name as FieldWithArguments, begin);
    const modifiers = new Map<string, string>();
    let inner: { readonly fields: readonly FieldRequest[]; readonly fieldsText: string } | undefined;
    for (;;) {
      const modifier = this.take(/\.([a-z_]+)\(([^()]*)\)/iy);
      if (modifier) {
        const key = modifier[1]!.toLowerCase();
        if (modifiers.has(key)) throw invalid('fields', `"${key}" of ${name} is given twice.`);
        modifiers.set(key, modifier[2]!.trim());
      } else if (!inner && this.take(/\s*\{/y)) {
        const from = this.at;
        const fields = this.readList(depth + 1);
        inner = { fields, fieldsText: this.text.slice(from, this.at) };
        if (!this.take(/\}/y)) throw invalid('fields', `the sub-fields of ${name} have no "}" at their end.`);
      } else break;
    }
    this.endField(begin);
    return {
      kind: 'field',
      name,
      ...(modifiers.size > 0 ? { modifiers } : {}),
      ...inner,
    };
  }

  private readArguments(field: FieldWithArguments, begin: number): FieldRequest {
    const allowed: readonly string[] = fieldsWithArguments[field];
    const found = new Map<string, string>();
    for (let match; (match = this.take(/\.([a-z_]+)\(([^()]*)\)/iy));) {
      const name = match[1]!.toLowerCase();
      if (!allowed.includes(name)) {
        const list = `${allowed.slice(0, -1).join(', ')} and ${allowed.at(-1)}`;
        throw invalid(name, `"${name}" is not an argument of ${field}: allowed are ${list}.`);
      }
      if (found.has(name)) throw invalid(name, `"${name}" is given twice.`);
      found.set(name, match[2]!.trim());
    }
    this.endField(begin, `cannot be read: write ${field}.${allowed[0]}(…).${allowed[1]}(…).`);
    return { kind: field === 'metric' ? 'metric' : 'latency', arguments: found };
  }

  /** Passes blanks; throws where an entry goes on that should be at its end. */
  private endField(begin: number, problem = 'is not a field name.'): void {
    this.take(/\s+/y);
    const next = this.text[this.at];
    if (next === undefined || next === ',' || next === '}') return;
    throw invalid('fields', `"${this.entryFrom(begin)}" ${problem}`);
  }

  /** The match of the pattern, which must be sticky, right here; it is passed over. */
  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match ?? undefined;
  }

  /** The entry that begins there, for a message. */
  private entryFrom(begin: number): string {
    const text = this.text
      .slice(begin, begin + 61)
      .split(',', 1)[0]!
      .trim();
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }

  private rest(): string {
    return `"${this.entryFrom(this.at)}"`;
  }
}

function nameOf(field: FieldRequest): string {
  return field.kind === 'field' ? field.name : field.kind === 'metric' ? 'metric' : latencyField;
}

function invalid(parameter: string, message: string): MetricsError {
  return new MetricsError('invalidRequest', parameter === 'fields' ? `fields: ${message}` : message, {
    parameter,
    code: 100,
  });
}
