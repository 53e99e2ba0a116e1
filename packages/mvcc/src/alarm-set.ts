import type { Alarm, PlainCommand } from './model.js';
import { spaceNeeded } from './space.js';
import { type StoreError, storeErrors } from './store-error.js';

/** The alarms that are up. They last until someone takes them down, whatever became of their cause. */
export class AlarmSet {
  readonly #alarms = new Map<string, Alarm>();

  /** In no particular order. */
  list(): readonly Alarm[] {
    return [...this.#alarms.values()];
  }

  /** @returns the alarm */
  activate(alarm: Alarm): Alarm {
    const { memberId, type } = alarm;
    this.#alarms.set(nameOf(alarm), { memberId, type });
    return { memberId, type };
  }

  /** @returns the alarm that was up, if there was one */
  deactivate(alarm: Alarm): Alarm | undefined {
    const name = nameOf(alarm);
    const found = this.#alarms.get(name);
    this.#alarms.delete(name);
    return found;
  }

  /**
   * Why an alarm forbids `command`, if one does: while any member lacks space, what needs some; while any is corrupt, every
   * change of keys, history and leases. Reads are no commands and go on: etcd's do, too.
   * @returns `no-space` or `corrupt`
   */
  refusal(command: PlainCommand): StoreError | undefined {
    if (this.#alarms.size === 0) return undefined;
    const up = this.list().map(({ type }) => type);
    if (up.includes('corrupt') && changesData(command)) return storeErrors.corrupt();
    return up.includes('no-space') && spaceNeeded(command) > 0 ? storeErrors.noSpace() : undefined;
  }
}

function changesData(command: PlainCommand): boolean {
  return (['put', 'deleteRange', 'txn', 'compact', 'leaseGrant', 'leaseRevoke', 'leaseExpire'] as const).some(
    (kind) => kind in command,
  );
}

function nameOf({ memberId, type }: Alarm): string {
  return `${type} ${memberId}`;
}
