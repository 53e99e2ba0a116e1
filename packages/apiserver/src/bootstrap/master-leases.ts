import { type KeyValueStore, prefixEnd } from '@flotilla/store-client';
import { apiServerLeaseTtlSeconds } from '../limits.js';

/** Which API servers live: each keeps a key with its address in the store, which a lease removes when the server dies. */
export class MasterLeases {
  readonly #store: KeyValueStore;
  readonly #prefix: Buffer;
  readonly #address: string;
  #lease: bigint | undefined;

  /** @param prefix of the store, such as `/registry` */
  constructor(store: KeyValueStore, prefix: string, address: string) {
    this.#store = store;
    this.#prefix = Buffer.from(`${prefix}/masterleases/`);
    this.#address = address;
  }

  /** Says that this server lives, for another while. */
  async renew(): Promise<void> {
    if (this.#lease !== undefined && (await this.#store.leaseKeepAlive(this.#lease)) > 0) return;
    const { id } = await this.#store.leaseGrant(apiServerLeaseTtlSeconds);
    const value = JSON.stringify({
      kind: 'Endpoints',
      apiVersion: 'v1',
      metadata: {},
      subsets: [{ addresses: [{ ip: this.#address }], ports: null }],
    });
    await this.#store.put({
      key: Buffer.concat([this.#prefix, Buffer.from(this.#address)]),
      value: Buffer.from(value),
      lease: id,
    });
    this.#lease = id;
  }

  /** The addresses of the servers that live, sorted. */
  async list(): Promise<readonly string[]> {
    const { kvs } = await this.#store.range({ key: this.#prefix, rangeEnd: prefixEnd(this.#prefix), keysOnly: true });
    return kvs.map(({ key }) => Buffer.from(key).toString('utf8').slice(this.#prefix.length)).sort();
  }

  /** Says that this server is about to stop. */
  async remove(): Promise<void> {
    if (this.#lease === undefined) return;
    const lease = this.#lease;
    this.#lease = undefined;
    await this.#store.leaseRevoke(lease);
  }
}
