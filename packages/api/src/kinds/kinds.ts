import type { Definition } from '../definition.js';
import type { GroupResource } from '../objects.js';
import { deployments } from './apps/deployment.js';
import { replicaSets } from './apps/replica-set.js';
import { leases } from './coordination/lease.js';
import { configMaps } from './core/config-map.js';
import { endpoints } from './core/endpoints.js';
import { events } from './core/event.js';
import { namespaces } from './core/namespace.js';
import { nodes } from './core/node.js';
import { pods } from './core/pod.js';
import { secrets } from './core/secret.js';
import { services } from './core/service.js';
import { serviceAccounts } from './core/service-account.js';
import { endpointSlices } from './discovery/endpoint-slice.js';
import { eventsV1 } from './events/event.js';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './rbac/roles.js';

/** Every built-in kind, by the name that programs use: `kinds.pods`. This is the list to add a kind to. */
export const kinds = {
  configMaps,
  endpoints,
  events,
  namespaces,
  nodes,
  pods,
  secrets,
  serviceAccounts,
  services,
  deployments,
  replicaSets,
  leases,
  endpointSlices,
  eventsV1,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
} as const;

/** In the order in which discovery and OpenAPI tell of them. */
export const definitions: readonly Definition[] = Object.values(kinds);

/** What a group's owner, reference or URL names, among `all`. */
export function definitionOf(
  { group, resource }: GroupResource,
  all: readonly Definition[] = definitions,
): Definition | undefined {
  return all.find((definition) => definition.group === group && definition.plural === resource);
}

/** By what an object says of itself. */
export function definitionOfKind(
  object: { readonly apiVersion: string; readonly kind: string },
  all: readonly Definition[] = definitions,
): Definition | undefined {
  return all.find(
    ({ group, version, kind }) => kind === object.kind && (group === '' ? version : `${group}/${version}`) === object.apiVersion,
  );
}
