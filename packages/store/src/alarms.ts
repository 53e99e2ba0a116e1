import type { Logger } from '@flotilla/base';
import { type AlarmType, encodeCommand, type MvccStore } from '@flotilla/mvcc';
import type { Member } from './member.js';
import { formatId } from './node/ids.js';

/** Raises alarms. Taking them down is the operator's business. */
export class Alarms {
  readonly #member: Member<MvccStore>;
  readonly #log: Logger;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(member: Member<MvccStore>, log: Logger) {
    this.#member = member;
    this.#log = log;
  }

  /**
   * Has the alarm go up on every member; one that is up, or on its way up, is not raised again.
   * @param memberId whose alarm it is; this member's, if nobody says otherwise
   * Resolves when it is up here, or could not be raised: whoever noticed will notice again. Never rejects.
   */
  raise(type: AlarmType, memberId: bigint = this.#member.id): Promise<void> {
    if (this.isUp(type, memberId)) return Promise.resolve();
    const name = `${type} ${memberId}`;
    const underWay = this.#underWay.get(name) ?? this.#propose(type, memberId).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, underWay);
    return underWay;
  }

  isUp(type: AlarmType, memberId: bigint = this.#member.id): boolean {
    return this.#member.store.alarms().some((alarm) => alarm.memberId === memberId && alarm.type === type);
  }

  async #propose(type: AlarmType, memberId: bigint): Promise<void> {
    try {
      await this.#member.propose(encodeCommand({ alarm: { action: 'activate', memberId, type } }));
      this.#log.warn({ alarm: type, member: formatId(memberId) }, 'raised alarm');
    } catch (error) {
      this.#log.warn({ err: error, alarm: type, member: formatId(memberId) }, 'could not raise alarm');
    }
  }
}
