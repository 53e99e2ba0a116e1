import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { fewOf } from '../../columns/few.js';
import { type FieldError, required } from '../../errors/field-error.js';
import type { EndpointAddress, EndpointPort, Endpoints } from '../../generated/types.js';
import { equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { protocols } from '../../pods/validate-ports.js';
import { oneOf, portNumber, problemsOf } from '../../validation/check.js';
import { validateEndpointIp, validateIp } from '../../validation/ip.js';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../validation/names.js';
import { warnOfAddress } from '../../warnings/warn-of-address.js';
import { define } from '../define.js';

const managerLabel = 'endpoints.kubernetes.io/managed-by';

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

  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',

  defaults(draft) {
    for (const port of (draft.subsets ?? []).flatMap(({ ports = [] }) => ports)) port.protocol ||= 'TCP';
  },

  /** Subsets that were accepted once, by older rules, stay as they are. */
  validate({ subsets = [] }, old) {
    if (old !== undefined && equalButEmptyLists(subsets, old.subsets ?? [])) return [];
    return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }, index) => {
      const at = `subsets[${index}]`;
      return [
        ...(addresses.length + notReadyAddresses.length === 0
          ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
          : []),
        ...addresses.flatMap((address, each) => validateAddress(address, `${at}.addresses[${each}]`)),
        ...notReadyAddresses.flatMap((address, each) => validateAddress(address, `${at}.notReadyAddresses[${each}]`)),
        ...ports.flatMap((port, each) => validatePort(port, ports.length > 1, `${at}.ports[${each}]`)),
      ];
    });
  },

  /** Whoever sees the controller's endpoints cannot change their addresses. */
  warnings: ({ metadata, subsets = [] }) =>
    metadata?.labels?.[managerLabel] === 'endpoint-controller'
      ? []
      : subsets.flatMap((subset, index) => {
          const addresses = (name: 'addresses' | 'notReadyAddresses') =>
            (subset[name] ?? []).flatMap(({ ip = '' }, each) => warnOfAddress(ip, `subsets[${index}].${name}[${each}].ip`));
          return [...addresses('addresses'), ...addresses('notReadyAddresses')];
        }),
});

function validateAddress({ ip = '', hostname = '', nodeName }: Draft<EndpointAddress>, at: string): FieldError[] {
  return [
    ...validateIp(`${at}.ip`, ip),
    ...(hostname === '' ? [] : problemsOf(`${at}.hostname`, hostname, dns1123LabelProblems(hostname))),
    ...(nodeName === undefined ? [] : problemsOf(`${at}.nodeName`, nodeName, dns1123SubdomainProblems(nodeName))),
    ...validateEndpointIp(`${at}.ip`, ip),
  ];
}

function validatePort(port: Draft<EndpointPort>, named: boolean, at: string): FieldError[] {
  const { name = '', port: number = 0, protocol, appProtocol } = port;
  return [
    ...(named && name === '' ? [required(`${at}.name`)] : []),
    ...(name === '' ? [] : problemsOf(`${at}.name`, name, dns1123LabelProblems(name))),
    ...portNumber(`${at}.port`, number),
    ...oneOf(`${at}.protocol`, protocol, protocols),
    ...(appProtocol === undefined ? [] : problemsOf(`${at}.appProtocol`, appProtocol, qualifiedNameProblems(appProtocol))),
  ];
}

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
