import type { Plugin } from '../../framework/plugin.js';

const rejection = { reasons: ["node(s) didn't match the requested node name"], unresolvable: true };

/** A pod that names its node gets no other. */
export const nodeName: Plugin = {
  name: 'NodeName',
  wakes: (event, { pod }) => event.type === 'nodeAdded' && event.node.metadata.name === pod.spec.nodeName,
  filter(_state, { pod }, node) {
    const wanted = pod.spec.nodeName ?? '';
    return wanted === '' || wanted === node.name ? undefined : rejection;
  },
};
