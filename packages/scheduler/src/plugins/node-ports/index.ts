import { podInfo } from '../../cache/pod-info.js';
import type { Plugin } from '../../framework/plugin.js';

const rejection = { reasons: ["node(s) didn't have free ports for the requested pod ports"] };

/** Two pods cannot have the same port of one host. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  wakes(event, pod) {
    if (event.type === 'nodeAdded') return true;
    if (event.type !== 'podDeleted') return false;
    return podInfo(event.pod).hostPorts.some((freed) => pod.hostPorts.some((wanted) => wanted.port === freed.port));
  },
  filter: (_state, pod, node) => (node.portsConflict(pod.hostPorts) ? rejection : undefined),
};
