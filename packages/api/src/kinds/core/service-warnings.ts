import type { Service } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { warnOfAddress, warnOfCidr } from '../../warnings/warn-of-address.js';
import { topologyHints, topologyMode } from './service-validation.js';

/** What a service says that nobody heeds, or that somebody may take for something else. */
export function warningsOfService({ metadata, spec = {} }: Draft<Service>): string[] {
  const { type, externalName = '', externalIPs = [], loadBalancerIP = '', clusterIP = '', clusterIPs = [] } = spec;
  const hints = metadata?.annotations?.[topologyHints];
  const isExternalName = type === 'ExternalName';
  const warnings = hints === undefined ? [] : [`annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`];
  if (clusterIP !== '' && clusterIP !== 'None') warnings.push(...warnOfEach(clusterIPs, 'spec.clusterIPs', warnOfAddress));
  if (type === 'ClusterIP' && clusterIP === 'None') {
    const ignored = 'is ignored for headless services';
    if (loadBalancerIP !== '') warnings.push(`spec.loadBalancerIP ${ignored}`);
    if (externalIPs.length > 0) warnings.push(`spec.externalIPs ${ignored}`);
    if ((spec.sessionAffinity ?? '') !== '') warnings.push(`spec.SessionAffinity ${ignored}`);
  }
  warnings.push(
    ...warnOfEach(externalIPs, 'spec.externalIPs', warnOfAddress),
    ...warnOfAddress(loadBalancerIP, 'spec.loadBalancerIP'),
    ...warnOfEach(spec.loadBalancerSourceRanges ?? [], 'spec.loadBalancerSourceRanges', warnOfCidr),
  );
  if (isExternalName && externalIPs.length > 0) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!isExternalName && externalName !== '') warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  return warnings;
}

function warnOfEach(texts: readonly string[], at: string, warn: (text: string, at: string) => string[]): string[] {
  return texts.flatMap((text, index) => warn(text, `${at}[${index}]`));
}
