export type Protocol = 'TCP' | 'UDP';

/** Where a pod listens. */
export interface Target {
  readonly ip: string;
  readonly port: number;
}

export type RuleKind = 'clusterIP' | 'externalIP' | 'loadBalancerIP' | 'nodePort';

/**
 * One address and port that this node must answer on, and who answers. A rule without `targets` refuses connections.
 *
 *     { kind: 'clusterIP', protocol: 'TCP', address: '10.96.0.17', port: 80, service: 'default/hello:http',
 *       targets: [{ ip: '10.244.1.3', port: 8080 }], known: ['10.244.1.3:8080'] }
 */
export interface Rule {
  readonly kind: RuleKind;
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  /** `<namespace>/<name>` and, when the port has a name, `:<port name>`. */
  readonly service: string;
  /** New connections go here. Sorted. */
  readonly targets: readonly Target[];
  /** Every endpoint that exists, ready or not: established connections to these stay, to others they are closed. */
  readonly known: ReadonlySet<string>;
  /** With ClientIP affinity: how long a client stays with its endpoint after it was last seen. */
  readonly affinityMs: number | undefined;
}

/** `tcp/10.96.0.17:80`: no two rules of a plan have the same. */
export function ruleKey(rule: Pick<Rule, 'protocol' | 'address' | 'port'>): string {
  return `${rule.protocol.toLowerCase()}/${hostPort(rule.address, rule.port)}`;
}

export function targetKey(target: Target): string {
  return hostPort(target.ip, target.port);
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
