import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { certificateNames } from '../pki/cluster-pki.js';
import type { ProcessSpec } from '../topology/process-spec.js';
import { probeTimeoutMs } from './limits.js';

export type Role = 'leader' | 'standby' | 'follower' | '';

/** Asks processes over HTTP(S) how they are; connections are kept and closed by `close`. */
export class Prober {
  readonly #agent: Agent;

  constructor(pkiFolder: string) {
    const read = (name: string) => readFileSync(join(pkiFolder, name), 'utf8');
    this.#agent = new Agent({
      connect: {
        ca: read(`${certificateNames.ca}.crt`),
        cert: read(`${certificateNames.healthClient}.crt`),
        key: read(`${certificateNames.healthClient}.key`),
      },
      connectTimeout: probeTimeoutMs,
      headersTimeout: probeTimeoutMs,
      bodyTimeout: probeTimeoutMs,
      keepAliveTimeout: 4_000,
    });
  }

  async healthy(spec: ProcessSpec): Promise<boolean> {
    try {
      const response = await request(spec.health.url + spec.health.path, { dispatcher: this.#agent });
      await response.body.dump();
      return response.statusCode === 200;
    } catch {
      return false;
    }
  }

  /** Who leads is what the process says of itself in its metrics. */
  async role(spec: ProcessSpec): Promise<Role> {
    if (!['store', 'scheduler', 'controller-manager'].includes(spec.component)) return '';
    try {
      const response = await request(`${spec.health.url}/metrics`, { dispatcher: this.#agent });
      return response.statusCode === 200 ? roleIn(spec.component, await response.body.text()) : '';
    } catch {
      return '';
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** The role that a process's Prometheus text tells; empty when it tells none. */
export function roleIn(component: string, metrics: string): Role {
  const name = component === 'store' ? 'etcd_server_is_leader' : 'leader_election_master_status';
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d)`, 'm').exec(metrics)?.[1];
  if (value === '1') return 'leader';
  if (component === 'store') return value === '0' ? 'follower' : '';
  return 'standby';
}
