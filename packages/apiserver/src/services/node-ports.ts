import {
  type Draft,
  type FieldError,
  invalid,
  needsHealthCheck,
  needsNodePorts,
  type Service,
  type ServicePort,
  statusErrors,
} from '@flotilla/api';
import type { Companion } from '../storage/object-store.js';
import type { Allocator } from './allocator.js';

/** Node ports: each belongs to one Service at a time. */
export class NodePorts {
  readonly #from: number;
  readonly #to: number;
  readonly #taken: Allocator;

  /** @param range both ends belong to it */
  constructor(range: { readonly from: number; readonly to: number }, taken: Allocator) {
    this.#from = range.from;
    this.#to = range.to;
    this.#taken = taken;
  }

  /** Fills in the node ports of a Service that needs some, and says what must be written along. @throws StatusError Invalid */
  async complete(service: Draft<Service>, old: Service | undefined, owner: string): Promise<Companion> {
    const before = portsOf(old);
    const spec = service.spec ?? {};
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') await this.#choose(service, spec.ports ?? [], before);
    if (needsHealthCheck(spec)) spec.healthCheckNodePort = await this.#health(service, before);
    return this.#taken.exchange(before, portsOf(service), owner);
  }

  release(service: Service): Companion {
    return this.#taken.release(portsOf(service));
  }

  async #choose(service: Draft<Service>, ports: readonly Draft<ServicePort>[], before: readonly string[]): Promise<void> {
    const chosen = portsOf(service);
    for (const [i, port] of ports.entries()) {
      const wanted = port.nodePort ?? 0;
      if (wanted !== 0) {
        if (!before.includes(String(wanted))) await this.#check(service, `spec.ports[${i}].nodePort`, wanted);
        continue;
      }
      if (!needsNodePorts(service.spec ?? {})) continue;
      const name = await this.#free([...chosen, ...before]);
      port.nodePort = Number(name);
      chosen.push(name);
    }
  }

  /** The port on which the nodes say whether they have pods of the service. */
  async #health(service: Draft<Service>, before: readonly string[]): Promise<number> {
    const wanted = service.spec?.healthCheckNodePort ?? 0;
    if (wanted === 0) return Number(await this.#free([...portsOf(service), ...before]));
    if (!before.includes(String(wanted))) await this.#check(service, 'spec.healthCheckNodePort', wanted);
    return wanted;
  }

  async #free(chosen: readonly string[]): Promise<string> {
    const name = await this.#taken.choose(this.#to - this.#from + 1, 0, (index) => String(this.#from + index), chosen);
    if (name === undefined) throw statusErrors.internalError('failed to allocate a nodePort: range is full');
    return name;
  }

  async #check(service: Draft<Service>, field: string, wanted: number): Promise<void> {
    const [from, to] = [this.#from, this.#to];
    if (wanted < from || wanted > to) {
      const why = `provided port is not in the valid range. The range of valid ports is ${from}-${to}`;
      throw refused(service, invalid(field, wanted, why));
    }
    if ((await this.#taken.owner(String(wanted))) !== undefined) {
      throw refused(service, invalid(field, wanted, 'provided port is already allocated'));
    }
  }
}

function portsOf(service: Draft<Service> | Service | undefined): string[] {
  const { type, ports = [], healthCheckNodePort = 0 } = service?.spec ?? {};
  // Elsewhere they are a mistake that validation reports: nothing is taken for them.
  if (type !== 'NodePort' && type !== 'LoadBalancer') return [];
  const numbers = [...ports.map(({ nodePort = 0 }) => nodePort), healthCheckNodePort].filter((port) => port !== 0);
  // One number may serve several protocols of one Service.
  return [...new Set(numbers.map(String))];
}

function refused(service: Draft<Service>, error: FieldError): Error {
  return statusErrors.invalid({ group: '', kind: 'Service' }, service.metadata?.name ?? '', [error]);
}
