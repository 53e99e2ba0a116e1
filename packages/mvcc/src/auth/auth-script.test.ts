import { type AuthRequest, type AuthView, binaryBytes, binaryString, type Permission, prefixEnd } from '../index.js';

/** The lines of a golden script that are about users and roles: `user add alice secret`, `role grant r read a*`, … */
export function parseAuth([noun = '', verb = '', name = '', ...words]: readonly string[]): AuthRequest {
  const [first = '', second = ''] = words;
  switch (`${noun} ${verb}`) {
    case 'auth enable':
      return { kind: 'enable' };
    case 'auth disable':
      return { kind: 'disable' };
    case 'auth login':
      return { kind: 'authenticate', user: name, tokenPrefix: first, authRevision: Number(second) };
    case 'user add':
      return { kind: 'userAdd', user: named(name), ...(first !== '' && { passwordHash: binaryBytes(first) }) };
    case 'user delete':
      return { kind: 'userDelete', user: name };
    case 'user passwd':
      return { kind: 'userChangePassword', user: name, passwordHash: binaryBytes(first) };
    case 'user grant':
      return { kind: 'userGrantRole', user: name, role: first };
    case 'user revoke':
      return { kind: 'userRevokeRole', user: name, role: first };
    case 'role add':
      return { kind: 'roleAdd', role: named(name) };
    case 'role delete':
      return { kind: 'roleDelete', role: name };
    case 'role grant':
      return { kind: 'roleGrantPermission', role: name, ...(first !== '' && { permission: parsePermission(first, second) }) };
    case 'role revoke':
      return { kind: 'roleRevokePermission', role: name, ...parseRange(first) };
    default:
      throw new Error(`no such command: ${noun} ${verb}`);
  }
}

const named = (name: string) => (name === "''" ? '' : name);

function parsePermission(type: string, range: string): Permission {
  return { type: type as Permission['type'], ...parseRange(named(range)) };
}

/** `key`, `prefix*`, `from..` or `from..end` */
function parseRange(word: string): { readonly key: Uint8Array; readonly rangeEnd?: Uint8Array } {
  if (word.endsWith('*')) {
    const key = binaryBytes(word.slice(0, -1));
    return { key, rangeEnd: prefixEnd(key) };
  }
  const [from = '', end] = word.split('..');
  if (end === undefined) return { key: binaryBytes(from) };
  return { key: binaryBytes(from), rangeEnd: end === '' ? Uint8Array.of(0) : binaryBytes(end) };
}

export function describeAuth({ enabled, revision, users, roles }: AuthView): string {
  const lines = [`${enabled ? 'enabled' : 'disabled'}, auth revision ${revision}`];
  for (const { name, passwordHash, roles: held } of users.values()) {
    const password = passwordHash === undefined ? 'no password' : `password ${binaryString(passwordHash)}`;
    lines.push(`user ${name}: ${password}, roles [${held.join(' ')}]`);
  }
  for (const { name, permissions } of roles.values()) {
    lines.push(`role ${name}: ${permissions.map(describePermission).join(', ') || 'nothing'}`);
  }
  return `${lines.join('\n')}\n`;
}

function describePermission({ type, key, rangeEnd }: Permission): string {
  const end = rangeEnd === undefined ? '' : `..${rangeEnd[0] === 0 ? '' : binaryString(rangeEnd)}`;
  return `${type} ${binaryString(key)}${end}`;
}
