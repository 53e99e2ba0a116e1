import { chargeQuotas, type KubernetesObject, type ResourceQuota, type StatusError, statusErrors } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { quotaAttemptsMax } from '../../../limits.js';
import type { AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';

const resourceQuotas = { group: '', plural: 'resourcequotas' } as const;

interface Waiting {
  readonly request: AdmissionRequest;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Charges the quotas of a namespace for what is about to be written.
 *
 * One batch of requests a namespace is judged at a time, and all quotas that it changes are written in one transaction,
 * if none has changed since it was read. So however many requests come at once, on however many servers, what they are
 * granted never exceeds a quota. A request that fails after it was granted stays charged until the quota is recounted.
 */
export class QuotaLedger {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting[]>();
  /** What this server has written last, until the cache has it too; by namespace, then by uid. */
  readonly #written = new Map<string, Map<string, ResourceQuota>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws StatusError when a quota does not allow it */
  async charge(request: AdmissionRequest, reads: AdmissionReads): Promise<void> {
    const cached = await reads.cached(resourceQuotas);
    for (const _quota of cached.list(request.namespace)) return this.#enqueue(request, reads); // one is enough
  }

  #enqueue(request: AdmissionRequest, reads: AdmissionReads): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { request, resolve, reject };
      const batch = this.#waiting.get(request.namespace);
      if (batch !== undefined) batch.push(waiting);
      else {
        this.#waiting.set(request.namespace, [waiting]);
        void this.#work(request.namespace, reads);
      }
    });
  }

  async #work(namespace: string, reads: AdmissionReads): Promise<void> {
    for (let batch = this.#waiting.get(namespace) ?? []; batch.length > 0; batch = this.#waiting.get(namespace) ?? []) {
      this.#waiting.set(namespace, []);
      try {
        await this.#settle(namespace, batch, reads);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(namespace);
  }

  /** A refusal is only believed when the store agrees: what the cache shows may have been freed already. */
  async #settle(namespace: string, batch: readonly Waiting[], reads: AdmissionReads): Promise<void> {
    let quotas = await this.#known(namespace, reads);
    let certain = false;
    for (let attempt = 1; attempt <= quotaAttemptsMax; attempt++) {
      const { refusals, charged } = this.#judge(batch, quotas);
      const doubted = refusals.size > 0 && !certain;
      const written = doubted ? undefined : await this.#write(quotas, charged, reads);
      if (written === true) {
        for (const waiting of batch) settle(waiting, refusals.get(waiting));
        return;
      }
      quotas = await this.#stored(quotas, reads);
      certain = true;
    }
    throw statusErrors.conflict({ group: '', resource: 'resourcequotas' }, quotas[0]?.metadata.name ?? '');
  }

  #judge(batch: readonly Waiting[], quotas: readonly ResourceQuota[]) {
    const refusals = new Map<Waiting, StatusError>();
    const nowMs = this.#clock.wallMs();
    let charged = quotas;
    for (const waiting of batch) {
      const { definition, object, old, dryRun } = waiting.request;
      const resource = { group: definition.group, resource: definition.plural };
      const result = chargeQuotas(charged, { resource, object: object ?? {}, old }, nowMs);
      if ('refusal' in result) refusals.set(waiting, refused(waiting.request, result.refusal));
      else if (!dryRun) charged = result.quotas;
    }
    return { refusals, charged };
  }

  /** @returns whether the quotas are as charged now */
  async #write(before: readonly ResourceQuota[], charged: readonly ResourceQuota[], reads: AdmissionReads): Promise<boolean> {
    const changes = charged.flatMap((wanted, index) => {
      const seen = before[index];
      return seen === undefined || seen === wanted ? [] : [{ seen, wanted }];
    });
    if (changes.length === 0) return true;
    const written = await reads.replace(resourceQuotas, changes);
    for (const object of written ?? []) this.#remember(object as ResourceQuota); // replaced as one
    return written !== undefined;
  }

  /** The newest that is known without asking. */
  async #known(namespace: string, reads: AdmissionReads): Promise<readonly ResourceQuota[]> {
    const cached = [...(await reads.cached(resourceQuotas)).list(namespace)] as ResourceQuota[]; // read as such
    const written = this.#written.get(namespace);
    if (written === undefined) return cached;
    this.#written.delete(namespace);
    return cached.map((quota) => {
      const own = written.get(quota.metadata.uid ?? '');
      if (own === undefined || revisionOf(own) <= revisionOf(quota)) return quota;
      this.#remember(own);
      return own;
    });
  }

  #remember(quota: ResourceQuota): void {
    const { namespace = '', uid = '' } = quota.metadata;
    const known = this.#written.get(namespace) ?? new Map<string, ResourceQuota>();
    this.#written.set(namespace, known.set(uid, quota));
  }

  /** One that was deleted meanwhile limits nothing any more. */
  async #stored(quotas: readonly ResourceQuota[], reads: AdmissionReads): Promise<readonly ResourceQuota[]> {
    const stored = await Promise.all(
      quotas.map(({ metadata }) => reads.live(resourceQuotas, metadata.namespace ?? '', metadata.name ?? '')),
    );
    return stored.filter((quota) => quota !== undefined) as ResourceQuota[]; // read as such
  }
}

function settle({ resolve, reject }: Waiting, refusal: StatusError | undefined): void {
  if (refusal === undefined) resolve();
  else reject(refusal);
}

function revisionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.resourceVersion ?? 0);
}
