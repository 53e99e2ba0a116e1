import { once } from 'node:events';
import { ConfigError, defineDaemon, runDaemon } from './index.js';

/** A daemon for the tests of this package, run as a process of its own. */
const daemon = defineDaemon<{ fail?: string }>({
  name: 'sample',
  description: 'does nothing',
  options: (command) => void command.option('--fail <how>'),
  async run(options, { log, signal }) {
    if (options.fail === 'config') throw new ConfigError('open /nowhere: no such file');
    if (options.fail === 'bug') throw new TypeError('x is not a function');
    const alive = setInterval(() => {}, 60_000);
    log.info({}, 'started');
    await once(signal, 'abort');
    clearInterval(alive);
  },
});

await runDaemon(daemon, process.argv.slice(2));
