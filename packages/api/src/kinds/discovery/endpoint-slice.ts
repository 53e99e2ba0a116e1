import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { EndpointSlice } from '../../generated/types.js';
import { define } from '../define.js';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation.js';

const shownMax = 3;

export const endpointSlices = define<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  generation: true,
  columns: [
    nameColumn,
    textColumn('AddressType', 'The type of its addresses.', (slice) => slice.addressType),
    textColumn('Ports', 'The ports that every endpoint of it has.', ({ ports }) => {
      const shown = (ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '') : String(port)));
      return ports === undefined ? '<unset>' : limited(shown);
    }),
    textColumn('Endpoints', 'Its addresses.', ({ endpoints }) => {
      const shown = (endpoints ?? []).map(({ addresses }) => addresses.join(','));
      return endpoints === undefined ? '<unset>' : limited(shown);
    }),
    ageColumn,
  ],

  defaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= '';
      port.protocol ||= 'TCP';
    }
  },

  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
});

function limited(texts: readonly string[]): string {
  if (texts.length <= shownMax) return texts.join(',') || '<unset>';
  return `${texts.slice(0, shownMax).join(',')} + ${texts.length - shownMax} more...`;
}
