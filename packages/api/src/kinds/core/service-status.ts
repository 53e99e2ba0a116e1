import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type { LoadBalancerIngress } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { parseAddress, validateIp } from '../../validation/ip.js';
import { dns1123SubdomainProblems } from '../../validation/names.js';

const modes = ['Proxy', 'VIP'];

/** Where a load balancer says that the service is reached. */
export function validateBalancers(points: readonly Draft<LoadBalancerIngress>[], type: string | undefined): FieldError[] {
  const at = 'status.loadBalancer.ingress';
  if (points.length > 0 && type !== 'LoadBalancer') return [forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")];
  return points.flatMap(({ ip = '', ipMode, hostname = '' }, index) => [
    ...(ip === '' ? [] : validateIp(`${at}[${index}].ip`, ip)),
    ...validateMode(ip, ipMode, `${at}[${index}].ipMode`),
    ...(hostname === '' ? [] : validateHost(hostname, `${at}[${index}].hostname`)),
  ]);
}

function validateMode(ip: string, mode: string | undefined, at: string): FieldError[] {
  if (mode === undefined) return ip === '' ? [] : [required(at, 'must be specified when `ip` is set')];
  if (ip === '') return [forbidden(at, 'may not be specified when `ip` is not set')];
  return modes.includes(mode) ? [] : [notSupported(at, mode, modes)];
}

function validateHost(hostname: string, at: string): FieldError[] {
  const errors = problemsOf(at, hostname, dns1123SubdomainProblems(hostname));
  if (parseAddress(hostname) === undefined) return errors;
  return [...errors, invalid(at, hostname, 'must be a DNS name, not an IP address')];
}
