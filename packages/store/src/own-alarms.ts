import type { Logger } from '@flotilla/base';
import { type AlarmType, encodeCommand, type MvccStore } from '@flotilla/mvcc';
import type { Member } from './member.js';

/** Raises alarms in the name of this member. Taking them down is the operator's business. */
export class OwnAlarms {
  readonly #member: Member<MvccStore>;
  readonly #log: Logger;
  readonly #underWay = new Map<AlarmType, Promise<void>>();

  constructor(member: Member<MvccStore>, log: Logger) {
    this.#member = member;
    this.#log = log;
  }

  /**
   * Has the alarm go up on every member; one that is up, or on its way up, is not raised again.
   * Resolves when it is up here, or could not be raised: whoever noticed will notice again. Never rejects.
   */
  raise(type: AlarmType): Promise<void> {
    if (this.isUp(type)) return Promise.resolve();
    const underWay = this.#underWay.get(type) ?? this.#propose(type).finally(() => this.#underWay.delete(type));
    this.#underWay.set(type, underWay);
    return underWay;
  }

  isUp(type: AlarmType): boolean {
    const { id, store } = this.#member;
    return store.alarms().some((alarm) => alarm.memberId === id && alarm.type === type);
  }

  async #propose(type: AlarmType): Promise<void> {
    const { id: memberId } = this.#member;
    try {
      await this.#member.propose(encodeCommand({ alarm: { action: 'activate', memberId, type } }));
      this.#log.warn({ alarm: type }, 'raised alarm');
    } catch (error) {
      this.#log.warn({ err: error, alarm: type }, 'could not raise alarm');
    }
  }
}
