import type { Container, ContainerPort } from '../generated/types.js';
import type { Draft } from '../objects.js';

/** Each is compared with all before it, and a request can hold tens of thousands: more than these nobody reads about. */
const portsMax = 64;

interface Placed {
  readonly at: string;
  readonly port: Draft<ContainerPort>;
}

/** Ports of a pod that get in each other's way. @param containers with their paths */
export function warnOfPorts(containers: readonly (readonly [Draft<Container>, string])[]): string[] {
  const all = containers
    .flatMap(([{ ports = [] }, at]) => ports.map((port, index) => ({ at: `${at}.ports[${index}]`, port })))
    .slice(0, portsMax);
  const byNumber = new Map<string, Placed[]>();
  const named = new Map<string, string>();
  const definitions = all.flatMap((placed) => {
    const { at, port } = placed;
    const { hostIP = '', hostPort = 0, containerPort = 0, protocol = '' } = port;
    const key = `${containerPort}/${protocol}`;
    const others = byNumber.get(key) ?? [];
    byNumber.set(key, [...others, placed]);
    const lost = hostIP !== '' && hostPort === 0 ? [`${at}: hostIP set without hostPort: ${portText(port)}`] : [];
    return [...lost, ...others.flatMap((other) => warnOfPair(placed, other))];
  });
  const names = all.flatMap(({ at, port: { name = '' } }) => {
    const other = name === '' ? undefined : named.get(name);
    if (other === undefined) {
      named.set(name, at);
      return [];
    }
    const use = `services and probes that select ports by name will use ${other}`;
    return [`${at}: duplicate port name ${JSON.stringify(name)} with ${other}, ${use}`];
  });
  return [...definitions, ...names];
}

function warnOfPair({ at, port: { hostIP = '', hostPort = 0 } }: Placed, other: Placed): string[] {
  const { hostIP: otherIp = '', hostPort: otherPort = 0 } = other.port;
  const what = (kind: string) => [`${at}: ${kind} port definition with ${other.at}`];
  if (hostIP === otherIp && hostPort === otherPort) return what('duplicate');
  if (hostPort === 0 || otherPort === 0) return what('overlapping');
  return hostPort === otherPort && (hostIP === '') !== (otherIp === '') ? what('dangerously ambiguous') : [];
}

/** As Go prints the struct. */
function portText({ name = '', hostPort = 0, containerPort = 0, protocol = '', hostIP = '' }: Draft<ContainerPort>): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}
