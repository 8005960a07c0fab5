type MethodsOf<T> = Extract<keyof T, string>;

/** An object each of whose methods is a call of `send` with its name and arguments. */
export function forwardCalls<T extends object>(
  send: (name: MethodsOf<T>, args: readonly unknown[]) => Promise<unknown>,
): T {
  const get = (_target: object, name: string | symbol): unknown =>
    // An object with a method `then` would be taken for a promise.
    typeof name === 'symbol' || name === 'then'
      ? undefined
      : (...args: readonly unknown[]) => send(name as MethodsOf<T>, args);
  return new Proxy({}, { get }) as T;
}
