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
    if (service.spec?.type !== 'ExternalName') await this.#choose(service, before);
    const after = addressOf(service);
    return this.#taken.exchange(before, after, owner);
  }

  release(service: Service): Companion {
    return this.#taken.release(addressOf(service));
  }

  async #choose(service: Draft<Service>, before: readonly string[]): Promise<void> {
    const spec = service.spec ?? {};
    service.spec = spec;
    checkFamilies(service);
    const wanted = spec.clusterIP ?? '';
    // One that is to replace another is refused by validation, wherever it is from.
    if (wanted !== '' && wanted !== 'None' && before.length === 0) await this.#check(service, wanted);
    const range = this.#range;
    const address = wanted || (await this.#taken.choose(range.size, range.reserved, (index) => range.at(index), []));
    if (address === undefined) throw statusErrors.internalError('failed to allocate a serviceIP: range is full');
    spec.clusterIP = address;
    if (wanted === '' || (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [address];
    // Whoever writes the endpoints of a service without selector may do so for every family.
    const open = address === 'None' && Object.keys(spec.selector ?? {}).length === 0;
    if ((spec.ipFamilies ?? []).length === 0)
      spec.ipFamilies = open && spec.ipFamilyPolicy === undefined ? ['IPv4', 'IPv6'] : ['IPv4'];
    spec.ipFamilyPolicy ??= open ? 'RequireDualStack' : 'SingleStack';
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

/**
 * All addresses here are of IPv4. A headless service without selector may have both families: its endpoints are written by
 * whoever made it, and no address is allotted.
 * @throws StatusError Invalid
 */
function checkFamilies({ metadata, spec = {} }: Draft<Service>): void {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (clusterIPs[0] === 'None' && Object.keys(spec.selector ?? {}).length === 0) return;
  const errors = ipFamilies.flatMap((family, index) =>
    family === 'IPv6' ? [invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')] : [],
  );
  if (ipFamilyPolicy === 'RequireDualStack') {
    errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  }
  if (errors.length > 0) throw statusErrors.invalid({ group: '', kind: 'Service' }, metadata?.name ?? '', errors);
}

function refused(service: Draft<Service>, address: string, why: string): Error {
  const error = invalid('spec.clusterIPs', [address], `failed to allocate IP ${address}: ${why}`);
  return statusErrors.invalid({ group: '', kind: 'Service' }, service.metadata?.name ?? '', [error]);
}

function addressOf(service: Draft<Service> | Service | undefined): readonly string[] {
  const { type, clusterIP: address = '' } = service?.spec ?? {};
  return type === 'ExternalName' || address === '' || address === 'None' ? [] : [address];
}
