import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { fewOf } from '../../columns/few.js';
import { required } from '../../errors/field-error.js';
import type { Endpoints } from '../../generated/types.js';
import { protocols } from '../../pods/validate-ports.js';
import { isEmpty, oneOf, portNumber } from '../../validation/check.js';
import { validateIp } from '../../validation/ip.js';
import { define } from '../define.js';

export const endpoints = define<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  allowCreateOnUpdate: true,
  listKind: 'EndpointsList',
  storagePath: 'services/endpoints',
  columns: [nameColumn, textColumn('Endpoints', 'The ready addresses, each with its port.', endpointsText), ageColumn],

  defaults(draft) {
    for (const port of (draft.subsets ?? []).flatMap(({ ports = [] }) => ports)) port.protocol ||= 'TCP';
  },

  validate({ subsets = [] }) {
    return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }, index) => {
      const at = `subsets[${index}]`;
      return [
        ...(addresses.length + notReadyAddresses.length === 0
          ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
          : []),
        ...addresses.flatMap(({ ip = '' }, each) => validateIp(`${at}.addresses[${each}].ip`, ip)),
        ...notReadyAddresses.flatMap(({ ip = '' }, each) => validateIp(`${at}.notReadyAddresses[${each}].ip`, ip)),
        ...ports.flatMap(({ name, port = 0, protocol }, each) => [
          ...(ports.length > 1 && isEmpty(name) ? [required(`${at}.ports[${each}].name`)] : []),
          ...portNumber(`${at}.ports[${each}].port`, port),
          ...oneOf(`${at}.ports[${each}].protocol`, protocol, protocols),
        ]),
      ];
    });
  },
});

function endpointsText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map((address) => address.ip)
      : ports.flatMap((port) => addresses.map((address) => hostPort(address.ip, port.port))),
  );
  return fewOf(all);
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
