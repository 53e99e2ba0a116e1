import { once } from 'node:events';
import { defineDaemon } from '@flotilla/process';
import { readConfig, type StoreFlags } from './config.js';
import { addStoreFlags } from './flags.js';
import { runStore } from './run-store.js';
import { addSnapshotCommands } from './snapshot/snapshot-commands.js';

export const daemon = defineDaemon<StoreFlags>({
  name: 'store',
  description: 'a member of the replicated key-value store; speaks the etcd v3 API',
  options(command) {
    addStoreFlags(command);
    addSnapshotCommands(command);
  },
  async run(flags, context) {
    const { failed, close } = await runStore(readConfig(flags), context);
    try {
      await Promise.race([context.signal.aborted ? undefined : once(context.signal, 'abort'), failed]);
    } finally {
      await close();
    }
  },
});
