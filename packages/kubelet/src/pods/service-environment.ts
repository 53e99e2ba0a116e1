import type { Pod, Service } from '@flotilla/api';
import type { EnvEntry } from '../runtimes/runtime.js';

/**
 * The variables that tell a container where Services are: those of its namespace (unless `enableServiceLinks` is false) and the API's own.
 * `REDIS_MASTER_SERVICE_HOST`, `…_SERVICE_PORT[_<NAME>]`, `…_PORT`, `…_PORT_<n>_<PROTO>[_ADDR|_PORT|_PROTO]`.
 */
export function serviceEnv(services: Iterable<Service>, pod: Pod): EnvEntry[] {
  const links = pod.spec.enableServiceLinks !== false;
  const visible = [...services].filter(({ metadata, spec }) => {
    if (spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None') return false;
    if (metadata.namespace === 'default' && metadata.name === 'kubernetes') return true;
    return links && metadata.namespace === pod.metadata.namespace;
  });
  // A namespace's own service called kubernetes wins over the API's.
  const isOwn = (service: Service) => Number(service.metadata.namespace === pod.metadata.namespace);
  visible.sort((a, b) => isOwn(a) - isOwn(b) || compare(a.metadata.name ?? '', b.metadata.name ?? ''));
  return visible.flatMap(variablesOf);
}

function variablesOf({ metadata, spec }: Service): EnvEntry[] {
  const prefix = variableName(metadata.name ?? '');
  const host = spec.clusterIP ?? '';
  const ports = spec.ports ?? [];
  const first = ports[0];
  if (first === undefined) return [];
  return [
    { name: `${prefix}_SERVICE_HOST`, value: host },
    { name: `${prefix}_SERVICE_PORT`, value: String(first.port) },
    ...ports.flatMap(({ name, port }) =>
      name === undefined || name === '' ? [] : [{ name: `${prefix}_SERVICE_PORT_${variableName(name)}`, value: String(port) }],
    ),
    { name: `${prefix}_PORT`, value: url(first.protocol, host, first.port) },
    ...ports.flatMap(({ port, protocol = 'TCP' }) => {
      const portPrefix = `${prefix}_PORT_${port}_${protocol}`;
      return [
        { name: portPrefix, value: url(protocol, host, port) },
        { name: `${portPrefix}_PROTO`, value: protocol.toLowerCase() },
        { name: `${portPrefix}_PORT`, value: String(port) },
        { name: `${portPrefix}_ADDR`, value: host },
      ];
    }),
  ];
}

function url(protocol = 'TCP', host: string, port: number): string {
  return `${protocol.toLowerCase()}://${host}:${port}`;
}

function variableName(name: string): string {
  return name.toUpperCase().replace(/-/g, '_');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
