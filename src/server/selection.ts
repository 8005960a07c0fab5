/** Picks of an object what a `fields` list asks for. */
import type { FieldRequest, PlainField } from '../contract/fieldList';
import type { NodeShape } from '../contract/graphNodes';
import { badParameter, type GraphFailure } from './graphFailure';

export function unknownField(name: string, type: string): GraphFailure {
  return badParameter(`Tried accessing nonexisting field (${name}) on node type (${type}).`);
}

/** Throws where something is asked for that is no documented field of such an object. */
export function checkFields(requests: readonly FieldRequest[], shape: NodeShape): void {
  for (const request of requests) {
    // Metrics are read apart, of flows only.
    if (request.kind !== 'field') throw unknownField(request.kind, shape.type);
    checkField(request, shape);
  }
}

export function checkField({ name, modifiers, fields }: PlainField, shape: NodeShape): void {
  if (!Object.hasOwn(shape.fields, name)) throw unknownField(name, shape.type);
  const alias = modifiers?.get('as');
  if (alias !== undefined && !/^[A-Za-z_]\w{0,63}$/.test(alias)) {
    throw badParameter(`fields: as(${alias.slice(0, 40)}) must hold letters, digits and "_", and begin with no digit.`);
  }
  if (fields === undefined) return;
  const inner = shape.fields[name];
  if (inner) checkFields(fields, inner);
}

/** The key under which a field is answered. */
export function keyOf({ name, modifiers }: PlainField): string {
  return modifiers?.get('as') ?? name;
}

/** The field's value with the sub-fields that are asked for; what is not known is undefined, which JSON leaves out. */
export function pickField(object: Readonly<Record<string, unknown>>, request: PlainField, shape: NodeShape): unknown {
  const value = Object.hasOwn(object, request.name) ? object[request.name] : undefined;
  const inner = shape.fields[request.name];
  return request.fields && inner ? pickFields(value, request.fields, inner) : value;
}

function pickFields(value: unknown, requests: readonly FieldRequest[], shape: NodeShape): unknown {
  if (Array.isArray(value)) return value.map((item) => pickFields(item, requests, shape));
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Readonly<Record<string, unknown>>;
  const plain = requests.filter((request) => request.kind === 'field');
  const entries = plain.map((request) => [keyOf(request), pickField(object, request, shape)] as const);
  const id = shape.hasId === true ? { id: object.id } : {};
  return { ...Object.fromEntries(entries), ...id };
}
