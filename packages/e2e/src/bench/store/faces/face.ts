/** Of a client, PEM. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface FaceOptions {
  readonly endpoints: readonly string[];
  /** Connections, spread over the endpoints. */
  readonly connections: number;
  readonly credentials: Credentials | undefined;
  /** True: each connection goes on at another endpoint when its own is lost. */
  readonly failOver?: boolean;
}

/** What the load generator asks of a store, through whichever of its faces. Every call rejects when it was not acknowledged. */
export interface Face {
  /** @param client picks the connection */
  put(client: number, key: Uint8Array, value: Uint8Array): Promise<void>;
  /** Linearizable, of one key. */
  range(client: number, key: Uint8Array): Promise<void>;
  /**
   * One transaction: if the key's mod_revision is still the given one (0: no such key), put.
   * @returns the mod_revision that the key has now
   */
  compareAndSwap(client: number, key: Uint8Array, modRevision: number, value: Uint8Array): Promise<number>;
  /** Watches all keys with the prefix. @param onValue is called for each put @returns once the watch stands */
  watch(client: number, prefix: Uint8Array, onValue: (value: Uint8Array) => void): Promise<void>;
  close(): Promise<void>;
}

export const faceNames = ['native', 'grpc', 'json'] as const;
export type FaceName = (typeof faceNames)[number];
