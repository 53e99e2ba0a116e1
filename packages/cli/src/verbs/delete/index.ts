import { ConfigError } from '@flotilla/process';
import { addKubeconfigFlag, openCluster } from '../../cluster-client.js';
import { findKind } from '../../kinds.js';
import { readManifests, typeOf } from '../../manifests.js';
import type { Verb } from '../verb.js';

export const deleteVerb: Verb = {
  name: 'delete',
  arguments: '[kind] [names...]',
  description: 'Delete objects by kind and name, or those of a manifest',
  options(command) {
    addKubeconfigFlag(command);
    command
      .option('-f, --filename <file>', 'YAML or JSON; - for standard input')
      .option('-n, --namespace <name>', 'the namespace they are in');
  },
  async run([kind, ...names], options) {
    const client = await openCluster(options);
    const namespace = options['namespace'] === undefined ? client.defaultNamespace : String(options['namespace']);
    try {
      if (options['filename'] !== undefined) {
        for (const object of readManifests(String(options['filename']))) {
          const { name = '' } = object.metadata;
          await client.resource(typeOf(object)).delete(name, { namespace: object.metadata.namespace ?? namespace });
          console.log(`${object.kind.toLowerCase()} "${name}" deleted`);
        }
        return 0;
      }
      if (kind === undefined || names.length === 0) throw new ConfigError('want a kind and names, or --filename');
      const definition = findKind(kind);
      for (const name of names) {
        await client.resource(definition).delete(name, { namespace });
        console.log(`${definition.singular}${definition.group === '' ? '' : `.${definition.group}`} "${name}" deleted`);
      }
      return 0;
    } finally {
      await client.close();
    }
  },
};
