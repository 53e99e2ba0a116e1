import { type KeyValueStore, StoreError, type WatchRequest, type WatchResponse, type WatchStream } from '@flotilla/store-client';

interface Broken {
  readonly resource: string;
  fail(error: StoreError): Promise<void>;
}

/** A store whose watches can be made to fail, as a lost history or a driver at the end of its wits would. For tests. */
export function breakableWatches() {
  const open = new Set<Broken>();

  function watch(store: KeyValueStore, request: WatchRequest): WatchStream {
    const stream = store.watch(request);
    let failWith: (error: StoreError) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      failWith = reject;
    });
    failed.catch(() => undefined);
    let ended = () => {};
    const over = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const entry: Broken = {
      resource: Buffer.from(request.key).toString().split('/')[2] ?? '',
      async fail(error) {
        failWith(error);
        await over;
      },
    };
    open.add(entry);
    return {
      created: stream.created,
      requestProgress: () => stream.requestProgress(),
      cancel: () => stream.cancel(),
      async *[Symbol.asyncIterator](): AsyncIterator<WatchResponse> {
        const iterator = stream[Symbol.asyncIterator]();
        try {
          for (;;) {
            const next = await Promise.race([iterator.next(), failed]);
            if (next.done === true) return;
            yield next.value;
          }
        } finally {
          open.delete(entry);
          stream.cancel();
          ended();
        }
      },
    };
  }

  const failAll = (resource: string, error: StoreError) =>
    Promise.all([...open].filter((entry) => entry.resource === resource).map((entry) => entry.fail(error)));

  return {
    wrap: (store: KeyValueStore): KeyValueStore =>
      new Proxy(store, {
        get(target, name) {
          if (name === 'watch') return (request: WatchRequest) => watch(target, request);
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      }),
    compactedAway: (resource: string) =>
      failAll(resource, new StoreError('compacted', 'etcdserver: mvcc: required revision has been compacted', 1)),
    disconnected: (resource: string) => failAll(resource, new StoreError('unavailable', 'etcdserver: no leader')),
  };
}
