import { equalJson, isRecord } from '../json.js';

/** Members that Go writes only when they say something, so that its clients leave them out of what they send back. */
const plainBooleans = new Set(['hostIPC', 'hostNetwork', 'hostPID', 'readOnly', 'stdin', 'stdinOnce', 'tty']);
const plainNumbers = new Set(['hostPort', 'initialDelaySeconds', 'partition']);
const maps = new Set(['limits', 'matchLabels', 'nodeSelector', 'options', 'overhead', 'requests', 'volumeAttributes']);
/** Of these an empty text says something else than none. */
const optionalTexts = new Set(['storageClassName']);

/** Whether two specs of pods, or parts of them, mean the same: empty or left out is one. */
export function sameSpec(a: unknown, b: unknown): boolean {
  return equalJson(withoutEmpty(a), withoutEmpty(b));
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([name, member]) => !isEmpty(name, member));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutEmpty(member)]));
}

function isEmpty(name: string, member: unknown): boolean {
  if (Array.isArray(member)) return member.length === 0;
  if (isRecord(member)) return maps.has(name) && Object.keys(member).length === 0;
  if (member === '') return !optionalTexts.has(name);
  return (member === false && plainBooleans.has(name)) || (member === 0 && plainNumbers.has(name));
}
