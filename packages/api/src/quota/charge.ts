import type { Pod, ResourceQuota } from '../generated/types.js';
import { type Draft, type GroupResource, groupResourceText, type KubernetesObject } from '../objects.js';
import { addQuantities, compareQuantities, parseQuantity, quantityText } from '../values/quantity.js';
import { inQuotaScopes } from './scopes.js';
import { quotaNamesOf } from './tracked.js';
import { quotaUsageOf, unspecifiedOf } from './usage.js';

type Usage = Readonly<Record<string, string>>;

/** A write that may take from quotas. */
export interface QuotaRequest {
  readonly resource: GroupResource;
  readonly object: Draft<KubernetesObject>;
  /** Of an update: what has been charged already. */
  readonly old?: KubernetesObject | undefined;
}

/**
 * What the quotas of a namespace say to a request: the quotas with it charged, or why it is refused, in Kubernetes' words.
 * Quotas that the request does not change come back as they are.
 */
export function chargeQuotas(
  quotas: readonly ResourceQuota[],
  request: QuotaRequest,
  nowMs: number,
): { readonly quotas: readonly ResourceQuota[] } | { readonly refusal: string } {
  const usage = quotaUsageOf(request.resource, request.object, nowMs);
  const charged: ResourceQuota[] = [];
  for (const quota of quotas) {
    const names = concernedNames(quota, request);
    if (names.length === 0) {
      charged.push(quota);
      continue;
    }
    const refusal = incomplete(quota, names, request) ?? negative(usage);
    if (refusal !== undefined) return { refusal };
    const result = chargeOne(quota, added(quota, names, usage, request, nowMs));
    if (typeof result === 'string') return { refusal: result };
    charged.push(result);
  }
  return { quotas: charged };
}

function concernedNames({ spec = {}, status }: ResourceQuota, { resource, object }: QuotaRequest): readonly string[] {
  const names = quotaNamesOf(resource, Object.keys(status?.hard ?? {}));
  return names.length > 0 && inQuotaScopes(spec, resource, object) ? names : [];
}

/** Why the quota cannot judge the request at all. */
function incomplete({ metadata, status }: ResourceQuota, names: readonly string[], request: QuotaRequest): string | undefined {
  const { resource, object } = request;
  const unspecified = groupResourceText(resource) === 'pods' ? unspecifiedOf(names, object as Draft<Pod>) : ''; // the resource says so
  if (unspecified !== '') return `failed quota: ${metadata.name}: ${unspecified}`;
  const unknown = names.some((name) => status?.used?.[name] === undefined);
  return unknown ? `status unknown for quota: ${metadata.name}, resources: ${[...names].sort().join(',')}` : undefined;
}

function negative(usage: Usage): string | undefined {
  const names = Object.keys(usage).filter((name) => compareQuantities(usage[name] ?? '0', 0) < 0);
  return names.length === 0 ? undefined : `quota usage is negative for resource(s): ${names.sort().join(',')}`;
}

/** What the request takes of this quota that has not been taken before. */
function added(
  { spec = {} }: ResourceQuota,
  names: readonly string[],
  usage: Usage,
  { resource, old }: QuotaRequest,
  nowMs: number,
): Usage {
  const before = old !== undefined && inQuotaScopes(spec, resource, old as Draft<KubernetesObject>);
  const previous = before ? quotaUsageOf(resource, old as Draft<KubernetesObject>, nowMs) : {}; // an object is a full draft
  return Object.fromEntries(
    names.flatMap((name) => {
      const delta = difference(usage[name] ?? '0', previous[name]);
      return compareQuantities(delta, 0) > 0 ? [[name, delta]] : [];
    }),
  );
}

function difference(now: string, before: string | undefined): string {
  if (before === undefined) return now;
  const { nano, format } = parseQuantity(now);
  return quantityText({ nano: nano - parseQuantity(before).nano, format });
}

function chargeOne(quota: ResourceQuota, delta: Usage): ResourceQuota | string {
  const names = Object.keys(delta);
  if (names.length === 0) return quota;
  const { hard = {}, used = {} } = quota.status ?? {};
  const sums = Object.fromEntries(names.map((name) => [name, addQuantities([used[name] ?? '0', delta[name] ?? '0'])]));
  const exceeded = names.filter((name) => compareQuantities(sums[name] ?? '0', hard[name] ?? '0') > 0).sort();
  if (exceeded.length === 0) return { ...quota, status: { ...quota.status, used: { ...used, ...sums } } };
  const shown = (amounts: Usage) => exceeded.map((name) => `${name}=${amounts[name] ?? '0'}`).join(',');
  return `exceeded quota: ${quota.metadata.name}, requested: ${shown(delta)}, used: ${shown(used)}, limited: ${shown(hard)}`;
}
