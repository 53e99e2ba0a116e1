import { duplicate, type FieldError, invalid, required } from '../errors/field-error.js';
import type { Container, ContainerPort, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { oneOf, portNumber, problemsOf } from '../validation/check.js';
import { portNameProblems } from '../validation/names.js';

export const protocols = ['SCTP', 'TCP', 'UDP'];

export function validateContainerPorts(ports: readonly Draft<ContainerPort>[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, { name = '', containerPort = 0, hostPort = 0, protocol }] of ports.entries()) {
    const at = `${field}[${index}]`;
    if (name !== '') {
      const problems = portNameProblems(name);
      if (problems.length > 0) errors.push(...problemsOf(`${at}.name`, name, problems));
      else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    if (containerPort === 0) errors.push(required(`${at}.containerPort`));
    else errors.push(...portNumber(`${at}.containerPort`, containerPort));
    if (hostPort !== 0) errors.push(...portNumber(`${at}.hostPort`, hostPort));
    errors.push(...oneOf(`${at}.protocol`, protocol, protocols));
  }
  return errors;
}

/**
 * On the network of its node a container's ports are the node's.
 * @param real whether it is a pod's spec: those of templates may keep quiet about the node's port
 */
export function validateHostNetworkPorts(
  { hostNetwork, containers = [] }: Draft<PodSpec>,
  field: string,
  real: boolean,
): FieldError[] {
  if (hostNetwork !== true) return [];
  return containers.flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ hostPort = 0, containerPort = 0 }, portIndex) => {
      if (hostPort === containerPort || (!real && hostPort === 0)) return [];
      const at = `${field}.containers[${index}].ports[${portIndex}].hostPort`;
      return [invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

/** Two containers of a pod cannot have one port of the host. */
export function hostPortConflicts(containers: readonly Draft<Container>[], field: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ hostPort = 0, hostIP = '', protocol = '' }, portIndex) => {
      if (hostPort === 0) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) return [duplicate(`${field}[${index}].ports[${portIndex}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}

/** A port given by number or by name. */
export function validatePortReference(port: string | number | undefined, field: string): FieldError[] {
  if (typeof port === 'string') return problemsOf(field, port, portNameProblems(port));
  return portNumber(field, port ?? 0);
}
