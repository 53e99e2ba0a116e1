import { defineDaemon } from '@flotilla/process';
import { type ApiServerFlags, addFlags } from './config.js';

export const daemon = defineDaemon<ApiServerFlags>({
  name: 'apiserver',
  description: 'Serves the Kubernetes API from the store',
  options: addFlags,
  async run(flags, context) {
    const { runApiServer } = await import('./run.js');
    await runApiServer(flags, context);
  },
});
