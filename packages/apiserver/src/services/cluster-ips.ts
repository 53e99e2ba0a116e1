import { type Draft, invalid, type Service, statusErrors } from '@flotilla/api';
import type { Companion } from '../storage/object-store.js';
import type { AddressRange } from './address-range.js';
import type { Allocator } from './allocator.js';

/** Cluster addresses: each belongs to one Service at a time. */
export class ClusterIps {
  readonly #range: AddressRange;
  readonly #taken: Allocator;

  constructor(range: AddressRange, taken: Allocator) {
    this.#range = range;
    this.#taken = taken;
  }

  /** Fills in the address of a Service that has none, and says what must be written along. @throws StatusError Invalid */
  async complete(service: Draft<Service>, old: Service | undefined, owner: string): Promise<Companion> {
    const before = addressOf(old);
    if (service.spec?.type === 'ExternalName') {
      delete service.spec.clusterIP;
      delete service.spec.clusterIPs;
    } else {
      await this.#choose(service, old, before);
    }
    const after = addressOf(service);
    return this.#taken.exchange(before, after, owner);
  }

  release(service: Service): Companion {
    return this.#taken.release(addressOf(service));
  }

  async #choose(service: Draft<Service>, old: Service | undefined, before: readonly string[]): Promise<void> {
    const spec = service.spec ?? {};
    service.spec = spec;
    // An update that leaves out what the server once chose means: as it was.
    const wanted = spec.clusterIP || spec.clusterIPs?.[0] || old?.spec.clusterIP || '';
    if (wanted !== '' && wanted !== 'None' && !before.includes(wanted)) await this.#check(service, wanted);
    const range = this.#range;
    const address = wanted || (await this.#taken.choose(range.size, range.reserved, (index) => range.at(index), []));
    if (address === undefined) throw statusErrors.internalError('failed to allocate a serviceIP: range is full');
    spec.clusterIP = address;
    spec.clusterIPs = [address];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  }

  async #check(service: Draft<Service>, wanted: string): Promise<void> {
    if (!this.#range.contains(wanted)) {
      throw refused(
        service,
        wanted,
        `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${this.#range.cidr}`,
      );
    }
    if ((await this.#taken.owner(wanted)) !== undefined) throw refused(service, wanted, 'provided IP is already allocated');
  }
}

function refused(service: Draft<Service>, address: string, why: string): Error {
  const error = invalid('spec.clusterIPs', [address], `failed to allocate IP ${address}: ${why}`);
  return statusErrors.invalid({ group: '', kind: 'Service' }, service.metadata?.name ?? '', [error]);
}

function addressOf(service: Draft<Service> | Service | undefined): readonly string[] {
  const address = service?.spec?.clusterIP ?? '';
  return address === '' || address === 'None' ? [] : [address];
}
