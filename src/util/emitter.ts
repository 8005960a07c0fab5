/** A way to stop listening, as VS Code's events have one. */
export interface Subscription {
  dispose(): void;
}

export type Listener<T> = (value: T) => void;

/** An event of one class, without the editor. */
export class Emitter<T> {
  private readonly listeners = new Set<Listener<T>>();

  readonly event = (listener: Listener<T>): Subscription => {
    // The same function may listen twice, so each subscription is a function of its own.
    const own: Listener<T> = (value) => listener(value);
    this.listeners.add(own);
    return { dispose: () => void this.listeners.delete(own) };
  };

  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}
