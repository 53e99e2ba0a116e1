import { addKubeconfigFlag, openCluster } from '../../cluster-client.js';
import { applyObject, readManifests, typeOf } from '../../manifests.js';
import type { Verb } from '../verb.js';

export const apply: Verb = {
  name: 'apply',
  description: 'Create or change the objects of a manifest',
  options(command) {
    addKubeconfigFlag(command);
    command.requiredOption('-f, --filename <file>', 'YAML or JSON; - for standard input');
  },
  async run(_, options) {
    const client = await openCluster(options);
    try {
      for (const object of readManifests(String(options['filename']))) {
        const { singular, group } = singularOf(object);
        console.log(`${singular}${group === '' ? '' : `.${group}`}/${object.metadata.name} ${await applyObject(client, object)}`);
      }
      return 0;
    } finally {
      await client.close();
    }
  },
};

function singularOf(object: Parameters<typeof typeOf>[0]): { singular: string; group: string } {
  const { kind, group } = typeOf(object);
  return { singular: kind.toLowerCase(), group };
}
