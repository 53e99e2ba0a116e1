import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { created } from '../testing/refusal.js';
import { warnOfAddress } from './warn-of-address.js';

const canonical: readonly [string, string][] = [
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::1', '::1'],
  ['fe80::', 'fe80::'],
  ['fe80:0::', 'fe80::'],
  ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
];

for (const [text, wanted] of canonical) {
  test(`address ${text}`, () =>
    assert.deepEqual(
      warnOfAddress(text, 'x'),
      text === wanted ? [] : [`x: IPv6 address "${text}" should be in RFC 5952 canonical format ("${wanted}")`],
    ));
}

test('IPv4 addresses in IPv6', () => {
  const why = 'will be considered invalid in a future Kubernetes release';
  for (const text of ['::ffff:10.0.0.1', '::ffff:a00:1']) {
    assert.deepEqual(warnOfAddress(text, 'x'), [`x: non-standard IP address "${text}" ${why}: use "10.0.0.1"`]);
  }
  assert.deepEqual(warnOfAddress('10.0.0.1', 'x'), []);
});

test('addresses of pods that are warned of', () => {
  const spec = {
    containers: [{ name: 'c', image: 'i:1' }],
    dnsConfig: { nameservers: ['10.0.0.1', 'FD00::1'] },
    hostAliases: [{ ip: 'FD00::2' }],
  };
  assert.deepEqual(kinds.pods.warnings?.(created(kinds.pods, { spec }) as never), [
    'spec.dnsConfig.nameservers[1]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
    'spec.hostAliases[0].ip: IPv6 address "FD00::2" should be in RFC 5952 canonical format ("fd00::2")',
  ]);
});
