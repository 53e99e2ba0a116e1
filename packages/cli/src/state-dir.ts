import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { identify, isAlive, type ProcessIdentity, readIdentity } from './supervisor/process-identity.js';
import type { Cluster } from './topology/cluster.js';
import type { ProcessSpec } from './topology/process-spec.js';

/** What `up` decided, kept so that later commands, and the next `up`, find the same cluster. */
export interface SavedCluster {
  readonly cluster: Cluster;
  readonly specs: readonly ProcessSpec[];
}

/** The folder of one cluster, `.flotilla/` unless told otherwise: everything it is lies in here. */
export class StateDir {
  readonly root: string;
  readonly pki: string;
  readonly data: string;
  readonly logs: string;
  readonly pids: string;
  readonly kubeconfig: string;
  readonly #saved: string;
  readonly #supervisor: string;

  constructor(root: string, pki = join(root, 'pki')) {
    this.root = resolve(root);
    this.pki = resolve(pki);
    this.data = join(this.root, 'data');
    this.logs = join(this.root, 'logs');
    this.pids = join(this.root, 'pids');
    this.kubeconfig = join(this.root, 'kubeconfig');
    this.#saved = join(this.root, 'cluster.json');
    this.#supervisor = join(this.root, 'supervisor.pid');
  }

  /**
   * A folder of this user's for Unix sockets, whose paths may have no more than 107 bytes: too few for a deep checkout.
   * It is there while a supervisor runs.
   */
  get sockets(): string {
    const name = `flotilla-${process.getuid?.() ?? 0}-${createHash('sha256').update(this.root).digest('hex').slice(0, 12)}`;
    return join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), name);
  }

  get controlSocket(): string {
    return join(this.sockets, 'supervisor.sock');
  }

  load(): SavedCluster | undefined {
    if (!existsSync(this.#saved)) return undefined;
    return JSON.parse(readFileSync(this.#saved, 'utf8')) as SavedCluster; // written by `save` alone
  }

  save(saved: SavedCluster): void {
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#saved}.new`, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.#saved}.new`, this.#saved);
  }

  /** Leaves word of which process supervises this cluster; one that is gone already is not worth a word. */
  saveSupervisor(pid: number): void {
    const identity = identify(pid);
    if (identity === undefined) return;
    writeFileSync(`${this.#supervisor}.new`, JSON.stringify(identity));
    renameSync(`${this.#supervisor}.new`, this.#supervisor);
  }

  /** @returns undefined when no supervisor runs */
  loadSupervisor(): ProcessIdentity | undefined {
    const identity = readIdentity(this.#supervisor);
    return identity !== undefined && isAlive(identity) ? identity : undefined;
  }
}
