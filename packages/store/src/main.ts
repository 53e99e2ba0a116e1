import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
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
    growHeapFaster();
    const { failed, close } = await runStore(readConfig(flags), context);
    try {
      await Promise.race([context.signal.aborted ? undefined : once(context.signal, 'abort'), failed]);
    } finally {
      await close();
    }
  },
});

/**
 * Requests pass through as buffers, which V8 counts as much as objects of the heap, though collecting them takes looking through all
 * that is there to stay. The heap may be three times what was left of it before that: with `put` under load a quarter of all CPU time.
 */
function growHeapFaster(): void {
  setFlagsFromString('--heap-growing-percent=200');
}
