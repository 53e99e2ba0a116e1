import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { portNumber, problemsOf } from '../../validation/check.js';
import { isStrictSubset, validateCidr } from '../../validation/ip.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { portNameProblems } from '../../validation/names.js';

const protocols = ['TCP', 'UDP', 'SCTP'];
const policyTypes = ['Ingress', 'Egress'];
const policyTypesMax = 2;

type Ports = readonly Draft<NetworkPolicyPort>[];
type Peers = readonly Draft<NetworkPolicyPeer>[];

export function validateNetworkPolicy({ spec = {} }: Draft<NetworkPolicy>): FieldError[] {
  const types = spec.policyTypes ?? [];
  return [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...(spec.ingress ?? []).flatMap(({ ports, from }, index) => validateRule(`spec.ingress[${index}]`, ports, 'from', from)),
    ...(spec.egress ?? []).flatMap(({ ports, to }, index) => validateRule(`spec.egress[${index}]`, ports, 'to', to)),
    ...(types.length > policyTypesMax
      ? [invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
      : types.flatMap((type, index) =>
          policyTypes.includes(type) ? [] : [notSupported(`spec.policyTypes[${index}]`, type, policyTypes)],
        )),
  ];
}

function validateRule(at: string, ports: Ports = [], side: 'from' | 'to', peers: Peers = []): FieldError[] {
  return [
    ...ports.flatMap((port, index) => validatePort(port, `${at}.ports[${index}]`)),
    ...peers.flatMap((peer, index) => validatePeer(peer, `${at}.${side}[${index}]`)),
  ];
}

function validatePort({ protocol, port, endPort }: Draft<NetworkPolicyPort>, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
  if (typeof port === 'string') {
    if (endPort !== undefined) {
      errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    }
    errors.push(...problemsOf(`${at}.port`, port, portNameProblems(port)));
  } else if (port !== undefined) {
    errors.push(...portNumber(`${at}.port`, port));
    if (endPort !== undefined) {
      if (endPort < port) errors.push(invalid(`${at}.endPort`, port, 'must be greater than or equal to `port`'));
      errors.push(...portNumber(`${at}.endPort`, endPort));
    }
  } else if (endPort !== undefined) {
    errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  }
  return errors;
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: Draft<NetworkPolicyPeer>, at: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, `${at}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock === undefined ? [] : validateBlock(ipBlock, `${at}.ipBlock`)),
  ];
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) return [...errors, required(at, 'must specify a peer')];
  if (selects && ipBlock !== undefined) return [...errors, forbidden(at, 'may not specify both ipBlock and another peer')];
  return errors;
}

function validateBlock({ cidr = '', except = [] }: Draft<IPBlock>, at: string): FieldError[] {
  if (cidr === '') return [required(`${at}.cidr`)];
  const errors = validateCidr(`${at}.cidr`, cidr);
  if (errors.length > 0) return errors;
  return except.flatMap((range, index) => {
    const field = `${at}.except[${index}]`;
    const problems = validateCidr(field, range);
    if (problems.length > 0 || isStrictSubset(range, cidr)) return problems;
    return [invalid(field, range, 'must be a strict subset of `cidr`')];
  });
}
