/** The object without its undefined properties, which in a spread would cover those of the object before. */
export function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const rest: Partial<T> = {};
  for (const key in object) if (object[key] !== undefined) rest[key] = object[key];
  return rest as { [K in keyof T]?: Exclude<T[K], undefined> };
}
