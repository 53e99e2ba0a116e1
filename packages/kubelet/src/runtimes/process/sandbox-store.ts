import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type PodSandbox, type PodSandboxConfig, RuntimeError } from '../runtime.js';
import { nextAddress } from './addresses.js';
import { makeDir, readJson, writeJson } from './container-files.js';

export interface SandboxRecord extends PodSandboxConfig {
  readonly id: string;
  readonly ip: string;
  readonly createdAtMs: number;
  readonly state: PodSandbox['state'];
}

/**
 * The pods' sandboxes, a file each. A sandbox of this runtime is no more than an address and a name, so the files *are* the address
 * allocation: what is in a file is taken, and it survives the kubelet.
 */
export class SandboxStore {
  readonly #dir: string;
  readonly #records = new Map<string, SandboxRecord>();
  #podCidr: string | undefined;
  #lastAddress: string | undefined;

  constructor(dir: string) {
    this.#dir = dir;
    makeDir(dir);
    for (const file of readdirSync(dir).filter((name) => name.endsWith('.json'))) {
      const record = readJson<SandboxRecord>(dir, file);
      if (record !== undefined) this.#records.set(record.id, record);
    }
    const newest = [...this.#records.values()]
      .filter((record) => record.hostAddress === undefined)
      .sort((a, b) => b.createdAtMs - a.createdAtMs)[0];
    this.#lastAddress = newest?.ip;
  }

  set podCidr(podCidr: string) {
    this.#podCidr = podCidr;
  }

  get(id: string): SandboxRecord | undefined {
    return this.#records.get(id);
  }

  list(): SandboxRecord[] {
    return [...this.#records.values()];
  }

  /** @throws RuntimeError when no address is free or the node has no range yet */
  create(config: PodSandboxConfig): SandboxRecord {
    const record: SandboxRecord = {
      ...config,
      id: randomBytes(32).toString('hex'),
      ip: config.hostAddress ?? this.#allocate(),
      createdAtMs: Date.now(),
      state: 'SANDBOX_READY',
    };
    writeJson(this.#dir, `${record.id}.json`, record);
    this.#records.set(record.id, record);
    return record;
  }

  markNotReady(id: string): void {
    const record = this.#records.get(id);
    if (record === undefined || record.state === 'SANDBOX_NOTREADY') return;
    const stopped: SandboxRecord = { ...record, state: 'SANDBOX_NOTREADY' };
    writeJson(this.#dir, `${id}.json`, stopped);
    this.#records.set(id, stopped);
  }

  remove(id: string): void {
    rmSync(join(this.#dir, `${id}.json`), { force: true });
    this.#records.delete(id);
  }

  #allocate(): string {
    if (this.#podCidr === undefined) throw new RuntimeError('the node has no podCIDR yet');
    // A pod that has ended keeps its record, for its logs, but not its address.
    const used = new Set(this.list().flatMap((record) => (record.state === 'SANDBOX_READY' ? [record.ip] : [])));
    this.#lastAddress = nextAddress(this.#podCidr, used, this.#lastAddress);
    return this.#lastAddress;
  }
}
