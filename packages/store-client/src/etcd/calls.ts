import { assert } from '@flotilla/base';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import { etcdProtoFiles } from './proto-files.js';

/** A call of etcd's API. Its messages have the shapes of `messages.ts`. */
export type CallDefinition = MethodDefinition<object, object>;

/** @returns finds a call by its name: `KV/Range` */
export function loadCalls(): (name: string) => CallDefinition {
  const services = loadSync(etcdProtoFiles, { keepCase: true });
  return (name) => {
    const [service = '', method = ''] = name.split('/');
    const definition = services[`etcdserverpb.${service}`];
    assert(definition !== undefined && !('format' in definition), `etcd.proto has a service ${service}`);
    const call = definition[method];
    assert(call !== undefined, `etcd.proto has a call ${name}`);
    return call;
  };
}
