import type { Backend, StateMachine } from '../member.js';
import { DamagedValueError } from './checked-value.js';
import { DiskReserve } from './disk-reserve.js';
import type { Bootstrap } from './identity.js';
import { forgetState, type OpenedStorage, openStorage, type StorageParts } from './open-storage.js';

export interface OpenDiskOptions<S extends StateMachine<unknown>> {
  /** What the flags say; or, for a joining member, asks the cluster. */
  readonly bootstrap: Bootstrap | (() => Promise<Bootstrap>);
  readonly forceNewCluster: boolean;
  readonly openMachine: (backend: Backend) => Promise<S>;
  /** What is kept free for when the disk is full. */
  readonly reserveBytes: number;
}

export interface OpenedDisk<S> extends OpenedStorage {
  readonly machine: S;
  readonly reserve: DiskReserve;
}

/**
 * Opens what a member has on disk, and the machine on its state; a damaged state is forgotten, for the leader to send it again.
 * @throws ConfigError when the disk's contents cannot be used
 */
export async function openDisk<S extends StateMachine<unknown>>(
  parts: StorageParts,
  { bootstrap, forceNewCluster, openMachine, reserveBytes }: OpenDiskOptions<S>,
): Promise<OpenedDisk<S>> {
  let opened = await openStorage(parts, bootstrap, forceNewCluster);
  const machine = await openMachine(opened.storage.state).catch(async (error: unknown) => {
    if (!(error instanceof DamagedValueError)) throw error;
    parts.log.error({ err: error }, 'the database is damaged');
    opened = await forgetState(parts, opened);
    return openMachine(opened.storage.state);
  });
  return { ...opened, machine, reserve: await DiskReserve.open(parts.files, reserveBytes) };
}
