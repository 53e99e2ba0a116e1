import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { Endpoints } from '../../generated/types.js';
import { define } from '../define.js';

const shownMax = 3;

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
});

function endpointsText(object: Endpoints): string {
  const all = (object.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map((address) => address.ip)
      : ports.flatMap((port) => addresses.map((address) => hostPort(address.ip, port.port))),
  );
  if (all.length === 0) return '<none>';
  const shown = all.slice(0, shownMax).join(',');
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown;
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
