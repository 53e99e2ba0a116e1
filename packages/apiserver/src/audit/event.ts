import type { UserInfo } from '../auth/user-info.js';
import type { Level, Stage } from './policy.js';

/** One line of the log: `Event` of `audit.k8s.io/v1`, in the order in which Kubernetes writes its members. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: AuditUser;
  readonly impersonatedUser?: AuditUser;
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: ObjectRef;
  readonly responseStatus?: Readonly<Record<string, unknown>>;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

type AuditUser = Partial<UserInfo>;

export interface ObjectRef {
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly apiGroup?: string;
  readonly apiVersion?: string;
  readonly resourceVersion?: string;
  readonly subresource?: string;
}

export function auditUser({ username, uid, groups, extra }: UserInfo): AuditUser {
  return {
    ...(username === '' ? {} : { username }),
    ...(uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** The members that say something. */
export function presentTexts<T extends Readonly<Record<string, string | undefined>>>(texts: T): Partial<T> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined && text !== '')) as Partial<T>; // the same members, fewer of them
}

/** With microseconds, as the API has times of this sort. */
export function microTime(wallMs: number): string {
  const micros = Math.floor((wallMs % 1) * 1_000);
  return new Date(wallMs).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}

/** `--audit-log-format=legacy`: one line of `name="value"`. */
export function legacyLine(event: AuditEvent): string {
  const { impersonatedUser: as, objectRef, responseStatus, sourceIPs = [] } = event;
  const members = {
    id: event.auditID,
    stage: event.stage,
    ip: sourceIPs[0] ?? '<unknown>',
    method: event.verb,
    user: event.user.username ?? '<none>',
    groups: groupsText(event.user.groups, '<none>'),
    as: as?.username ?? '<self>',
    asgroups: groupsText(as?.groups, '<lookup>'),
    'user-agent': event.userAgent ?? '',
    namespace: objectRef?.namespace ?? '<none>',
    uri: event.requestURI,
    response: String(responseStatus?.['code'] ?? '<deferred>'),
  };
  const text = Object.entries(members).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${event.requestReceivedTimestamp} AUDIT: ${text.join(' ')}`;
}

function groupsText(groups: readonly string[] | undefined, byDefault: string): string {
  return groups === undefined || groups.length === 0 ? byDefault : groups.map((group) => JSON.stringify(group)).join(',');
}
