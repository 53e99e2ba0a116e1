import { once } from 'node:events';
import { defineDaemon } from '@flotilla/process';
import { readConfig, type StoreFlags } from './config.js';
import { addStoreFlags } from './flags.js';
import { runStore } from './run-store.js';

export const daemon = defineDaemon<StoreFlags>({
  name: 'store',
  description: 'a member of the replicated key-value store; speaks the etcd v3 API',
  options: addStoreFlags,
  async run(flags, context) {
    const { failed, close } = await runStore(readConfig(flags), context);
    try {
      await Promise.race([context.signal.aborted ? undefined : once(context.signal, 'abort'), failed]);
    } finally {
      await close();
    }
  },
});
