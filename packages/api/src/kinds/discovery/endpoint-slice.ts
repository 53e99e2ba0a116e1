import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { fewOf } from '../../columns/few.js';
import type { EndpointSlice } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { warnOfAddress } from '../../warnings/warn-of-address.js';
import { define } from '../define.js';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation.js';

const managedBy = 'endpointslice.kubernetes.io/managed-by';
const controllers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

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
      const shown = (ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port)));
      return fewOf(shown) || '<unset>';
    }),
    textColumn('Endpoints', 'Its addresses.', ({ endpoints }) => {
      const shown = (endpoints ?? []).flatMap(({ addresses }) => addresses);
      return fewOf(shown) || '<unset>';
    }),
    ageColumn,
  ],

  defaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= '';
      port.protocol ||= 'TCP';
    }
  },

  prepareForCreate: dropTopology,
  prepareForUpdate(draft, old) {
    if (!equalJson(draft.endpoints ?? [], old.endpoints ?? [])) dropTopology(draft);
    const { labels = {}, generation = 0 } = old.metadata;
    draft.metadata ??= {};
    if (!equalJson(draft.metadata.labels ?? {}, labels)) draft.metadata.generation = generation + 1;
  },

  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  warnings: (draft, old) => [
    ...(old === undefined && draft.addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : []),
    ...warnOfAddresses(draft),
  ],
});

/** Controllers write addresses in the one right way. */
function warnOfAddresses({ metadata, endpoints = [] }: Draft<EndpointSlice>): string[] {
  if (controllers.includes(metadata?.labels?.[managedBy] ?? '')) return [];
  return endpoints.flatMap(({ addresses = [] }, index) =>
    addresses.flatMap((address, i) => warnOfAddress(address, `endpoints[${index}].addresses[${i}]`)),
  );
}

/** What older versions said of where an endpoint is: version 1 has members for it, and only shows what was written long ago. */
function dropTopology({ endpoints = [] }: Draft<EndpointSlice>): void {
  for (const endpoint of endpoints) delete endpoint.deprecatedTopology;
}
