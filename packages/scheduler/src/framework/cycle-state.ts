/** Names one plugin's data of one kind; compared by identity. */
export interface StateKey<T> {
  readonly name: string;
  /** Never set: ties the key to the type of its data. */
  readonly type?: T;
}

export function stateKey<T>(name: string): StateKey<T> {
  return { name };
}

/** What plugins compute once per scheduling cycle and read again at later points of it. */
export class CycleState {
  readonly #data = new Map<StateKey<unknown>, unknown>();

  write<T>(key: StateKey<T>, value: T): void {
    this.#data.set(key, value);
  }

  read<T>(key: StateKey<T>): T | undefined {
    return this.#data.get(key) as T | undefined; // only `write` puts it there, with the key's type
  }
}
