import type { Draft, Node } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';

const notReady = 'node.kubernetes.io/not-ready';

/** A new node takes no pods until the node controller has seen that it is ready. */
export function taintNodesByCondition(): AdmissionPlugin {
  return {
    name: 'TaintNodesByCondition',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && definition.storagePath === 'minions',

    mutate({ object }) {
      const node = object as Draft<Node>; // handles() lets only nodes through
      node.spec ??= {};
      const taints = node.spec.taints ?? [];
      if (taints.some(({ key, effect }) => key === notReady && effect === 'NoSchedule')) return;
      node.spec.taints = [...taints, { key: notReady, effect: 'NoSchedule' }];
    },
  };
}
