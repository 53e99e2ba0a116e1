import { isIpv6 } from '../../validation/ip.js';

/** Of addresses that can be written in more ways than one. Whatever is no address has been refused. */
export function warnOfAddress(text: string, at: string): string[] {
  if (!isIpv6(text)) return [];
  const groups = groupsOf(text);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  const shown = JSON.stringify(text);
  if (mapped) {
    const dotted = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    const why = 'will be considered invalid in a future Kubernetes release';
    return [`${at}: non-standard IP address ${shown} ${why}: use ${JSON.stringify(dotted.join('.'))}`];
  }
  const canonical = canonicalText(groups);
  if (canonical === text) return [];
  return [`${at}: IPv6 address ${shown} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`];
}

/** Eight numbers of 16 bits; the last two may stand there as four of 8. */
function groupsOf(text: string): readonly number[] {
  const hex = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = hex.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [numbers(head), numbers(tail ?? '')];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** RFC 5952: the longest run of zeros, the first of several, is left out when there are two at least. */
function canonicalText(groups: readonly number[]): string {
  let [start, length] = [0, 0];
  for (let from = 0; from < groups.length; from++) {
    const end = groups.findIndex((group, index) => index >= from && group !== 0);
    const run = (end < 0 ? groups.length : end) - from;
    if (run > length) [start, length] = [from, run];
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
