import { type Draft, type FieldError, invalid, type Service, type ServicePort, statusErrors } from '@flotilla/api';
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
    const ports = service.spec?.ports ?? [];
    if (needsNodePorts(service)) {
      if (old !== undefined) keepChosen(ports, old);
      await this.#choose(service, ports, before);
    } else {
      for (const port of ports) delete port.nodePort;
    }
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
      const size = this.#to - this.#from + 1;
      const name = await this.#taken.choose(size, 0, (index) => String(this.#from + index), [...chosen, ...before]);
      if (name === undefined) throw statusErrors.internalError('failed to allocate a nodePort: range is full');
      port.nodePort = Number(name);
      chosen.push(name);
    }
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

/** An update that leaves out what the server once chose means: as it was. */
function keepChosen(ports: readonly Draft<ServicePort>[], old: Service): void {
  const named = new Set(ports.map(({ nodePort }) => nodePort));
  for (const port of ports) {
    if ((port.nodePort ?? 0) !== 0) continue;
    const same = old.spec.ports?.find(
      (before) => before.port === port.port && (before.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (same?.nodePort !== undefined && same.nodePort !== 0 && !named.has(same.nodePort)) port.nodePort = same.nodePort;
  }
}

function needsNodePorts({ spec }: Draft<Service>): boolean {
  if (spec?.type === 'NodePort') return true;
  return spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}

function portsOf(service: Draft<Service> | Service | undefined): string[] {
  const ports = (service?.spec?.ports ?? []).map(({ nodePort = 0 }) => nodePort).filter((port) => port !== 0);
  // One number may serve several protocols of one Service.
  return [...new Set(ports.map(String))];
}

function refused(service: Draft<Service>, error: FieldError): Error {
  return statusErrors.invalid({ group: '', kind: 'Service' }, service.metadata?.name ?? '', [error]);
}
