import { pipeline } from 'node:stream/promises';
import { resourcePath } from '@flotilla/client';
import { addKubeconfigFlag, openCluster } from '../../cluster-client.js';
import { findKind } from '../../kinds.js';
import type { Verb } from '../verb.js';

export const logs: Verb = {
  name: 'logs',
  arguments: '<pod>',
  description: "Print a container's output",
  options(command) {
    addKubeconfigFlag(command);
    command
      .option('-n, --namespace <name>', 'the namespace it is in')
      .option('-c, --container <name>', 'which container, when there are several')
      .option('-f, --follow', 'go on as it writes', false)
      .option('-p, --previous', 'of the container that ran before', false)
      .option('--tail <lines>', 'only the last lines');
  },
  async run([pod = ''], options) {
    const client = await openCluster(options);
    const namespace = options['namespace'] === undefined ? client.defaultNamespace : String(options['namespace']);
    try {
      const { body } = await client.stream({
        method: 'GET',
        path: resourcePath(findKind('pods'), namespace, pod, 'log'),
        query: {
          container: options['container'] as string | undefined, // commander gives text or nothing
          tailLines: options['tail'] as string | undefined,
          follow: options['follow'] === true ? true : undefined,
          previous: options['previous'] === true ? true : undefined,
        },
      });
      await pipeline(body, process.stdout, { end: false });
      return 0;
    } finally {
      await client.close();
    }
  },
};
