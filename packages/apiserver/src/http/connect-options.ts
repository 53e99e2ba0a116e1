import { type Definition, type GroupVersionKind, statusErrors } from '@flotilla/api';
import type { Registry } from '../registry/registry.js';
import { booleanParameter, type Exchange } from './exchange.js';

type Reader = 'flag' | 'text' | 'texts' | 'numbers';

const streams: Readonly<Record<string, Reader>> = {
  stdin: 'flag',
  stdout: 'flag',
  stderr: 'flag',
  tty: 'flag',
  container: 'text',
};

/** The subresources that lead on to a pod, a node or a Service: the kind of their options, and where those stand in the query. */
const connections: Readonly<Record<string, { readonly kind: string; readonly fields: Readonly<Record<string, Reader>> }>> = {
  'pods/exec': { kind: 'PodExecOptions', fields: { ...streams, command: 'texts' } },
  'pods/attach': { kind: 'PodAttachOptions', fields: streams },
  'pods/portforward': { kind: 'PodPortForwardOptions', fields: { ports: 'numbers' } },
  'pods/proxy': { kind: 'PodProxyOptions', fields: {} },
  'services/proxy': { kind: 'ServiceProxyOptions', fields: {} },
  'nodes/proxy': { kind: 'NodeProxyOptions', fields: {} },
};

/** Asks admission about a request that leads on; does nothing for any other. @throws StatusError when it is refused */
export async function admitConnection(exchange: Exchange, definition: Definition, registry: Registry): Promise<void> {
  const { info, query, user, signal } = exchange;
  const key = `${info.resource}/${info.subresource}`;
  const connection = definition.group === '' && Object.hasOwn(connections, key) ? connections[key] : undefined;
  if (connection === undefined) return;
  if (info.name === '') throw statusErrors.notFoundPath();
  const kind: GroupVersionKind = { group: '', version: 'v1', kind: connection.kind };
  const given = Object.entries(connection.fields).flatMap(([name, reader]) => {
    const value = readParameter(query, name, reader);
    return value === undefined ? [] : [[name, value]];
  });
  const options = {
    kind: kind.kind,
    apiVersion: 'v1',
    metadata: {},
    ...Object.fromEntries(given),
    ...(info.subresource === 'proxy' ? { path: info.subpath } : {}),
  };
  const namespace = definition.namespaced ? info.namespace : undefined;
  const target = { namespace, name: info.name, subresource: info.subresource };
  await registry.admitConnection(definition, { user, signal, notes: exchange, ...target, kind, options });
}

function readParameter(query: URLSearchParams, name: string, reader: Reader): unknown {
  const values = query.getAll(name);
  if (values.length === 0) return undefined;
  switch (reader) {
    case 'flag':
      return booleanParameter(query, name);
    case 'text':
      return values[0];
    case 'texts':
      return values;
    case 'numbers':
      return values.flatMap((value) => value.split(',')).map(Number);
  }
}
