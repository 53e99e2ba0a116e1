import { readFileSync } from 'node:fs';
import { etcdProtoFiles } from '@flotilla/store-client';
import type { CallMetrics } from '../call-metrics.js';
import type { Operation, StreamOperation } from '../etcd/call.js';
import { countedCalls } from '../etcd/counted.js';
import { grpcCodes } from '../etcd/errors.js';
import { parseProto } from './protobuf/parse-proto.js';
import type { MethodType } from './protobuf/schema.js';
import { GrpcError } from './status.js';

export interface UnaryMethod extends MethodType {
  readonly unary: Operation;
}

export interface StreamMethod extends MethodType {
  readonly stream: StreamOperation;
}

/** The calls that are served, by the paths of their requests, e.g. `/etcdserverpb.KV/Put`. */
export class Methods {
  readonly #methods = new Map<string, UnaryMethod | StreamMethod>();
  readonly #services = new Set<string>();

  constructor(metrics: CallMetrics) {
    const { methods } = parseProto(...etcdProtoFiles.map((file) => readFileSync(file, 'utf8')));
    const add = (name: string, operation: { unary: Operation } | { stream: StreamOperation }) => {
      const type = methods.get(name);
      if (type === undefined) throw new Error(`no such method in the .proto file: ${name}`);
      this.#methods.set(`/${name}`, { ...type, ...operation });
      this.#services.add(name.slice(0, name.indexOf('/')));
    };
    const { unaryCalls, streamCalls } = countedCalls(metrics);
    for (const { name, operation } of unaryCalls) add(name, { unary: operation });
    for (const { name, stream } of streamCalls) add(name, { stream });
  }

  /** @throws GrpcError in the words of Go's server */
  find(path: string): UnaryMethod | StreamMethod {
    const method = this.#methods.get(path);
    if (method !== undefined) return method;
    const [, service, name] = /^\/(.*)\/([^/]*)$/.exec(path) ?? [];
    if (service === undefined) throw new GrpcError(grpcCodes.unimplemented, `malformed method name: ${JSON.stringify(path)}`);
    const known = this.#services.has(service);
    const text = known ? `unknown method ${name} for service ${service}` : `unknown service ${service}`;
    throw new GrpcError(grpcCodes.unimplemented, text);
  }
}
