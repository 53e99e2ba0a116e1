import type { Plugin } from '../../framework/plugin.js';
import { nodeScoreMax } from '../../limits.js';

const mebibyte = 1024 * 1024;
/** Less than this is pulled quickly anyway; more, per container, makes no further difference. */
const bytesMin = 23 * mebibyte;
const bytesPerContainerMax = 1_000 * mebibyte;

/** Prefers nodes that have the pod's images already; an image that few nodes have counts less, lest all pods gather there. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  preScore: (_state, _pod, nodes) => nodes.some(({ node }) => (node?.status?.images ?? []).length > 0),
  score(_state, { pod }, { node }, snapshot) {
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    let bytes = 0;
    for (const { image } of containers) {
      const name = normalizedName(image ?? '');
      const present = node?.status?.images?.find(({ names }) => names?.includes(name) === true);
      if (present === undefined) continue;
      bytes += Math.floor((present.sizeBytes ?? 0) * (snapshot.imageNodes(name) / Math.max(1, snapshot.nodes.length)));
    }
    const bytesMax = bytesPerContainerMax * containers.length;
    const within = Math.min(bytesMax, Math.max(bytesMin, bytes));
    return Math.floor((nodeScoreMax * (within - bytesMin)) / (bytesMax - bytesMin));
  },
};

/** An image without a tag is `:latest`. */
function normalizedName(image: string): string {
  return image.lastIndexOf(':') > image.lastIndexOf('/') ? image : `${image}:latest`;
}
