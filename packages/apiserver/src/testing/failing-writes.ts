import { type KeyValueStore, StoreError } from '@flotilla/store-client';

/** How the next transaction fails: never sent; applied, but the answer is lost; lost on its way, which looks the same. */
export type WriteFailure = 'unavailable' | 'answer-lost' | 'request-lost';

/** A store whose next transactions fail as told. For tests. */
export function failingWrites() {
  const next: WriteFailure[] = [];
  let sent = 0;

  async function txn(store: KeyValueStore, ...args: Parameters<KeyValueStore['txn']>) {
    sent += 1;
    const failure = next.shift();
    if (failure === 'unavailable') throw new StoreError('unavailable', 'etcdserver: no leader');
    const answer = failure === 'request-lost' ? undefined : await store.txn(...args);
    if (failure !== undefined || answer === undefined) throw new StoreError('unknown-outcome', 'etcdserver: request timed out');
    return answer;
  }

  return {
    fail: (...failures: WriteFailure[]) => next.push(...failures),
    /** Transactions that were tried. */
    get sent() {
      return sent;
    },
    wrap: (store: KeyValueStore): KeyValueStore =>
      new Proxy(store, {
        get(target, name) {
          if (name === 'txn') return (...args: Parameters<KeyValueStore['txn']>) => txn(target, ...args);
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      }),
  };
}
