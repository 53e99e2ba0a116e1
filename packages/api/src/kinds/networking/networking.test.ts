import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint, created, refusal, updated } from '../../testing/refusal.js';
import { dns1123SubdomainProblems } from '../../validation/names.js';
import { kinds } from '../kinds.js';

const policies: readonly [string, object, string][] = [
  ['a peer', { ingress: [{ from: [{}] }] }, 'spec.ingress[0].from[0]: Required value: must specify a peer'],
  [
    'one kind of peer',
    { egress: [{ to: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] },
    'spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer',
  ],
  [
    'a subset',
    { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '2001:db8::/64'] } }] }] },
    'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "2001:db8::/64": must be a strict subset of `cidr`',
  ],
  [
    'a range',
    { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0' } }] }] },
    'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ],
  [
    'ports in order',
    { ingress: [{ ports: [{ port: 80, endPort: 79 }] }] },
    'spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
  ],
  [
    'an end without a start',
    { ingress: [{ ports: [{ endPort: 79 }] }] },
    'spec.ingress[0].ports[0].endPort: Invalid value: 79: may not be specified when `port` is not specified',
  ],
  [
    'protocols',
    { ingress: [{ ports: [{ protocol: 'ICMP' }] }] },
    'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
  ],
  ['types', { policyTypes: ['Both'] }, 'spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"'],
  ['nothing', {}, ''],
];

for (const [name, spec, expected] of policies) {
  test(`a network policy: ${name}`, () => assert.equal(complaint(kinds.networkPolicies, { spec }), expected));
}

const backend = { service: { name: 'web', port: { number: 80 } } };
const rule = (host: string, path = '/') => ({ rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }] });
const ingresses: readonly [string, object, string][] = [
  ['a wildcard', rule('*.example.com'), ''],
  ['an address', rule('10.0.0.1'), 'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
  [
    'a path that steps back',
    rule('a.example', '/a/..'),
    'spec.rules[0].http.paths[0].path: Invalid value: "/a/..": cannot end with \'/..\'',
  ],
  [
    'a path with an empty part',
    rule('a.example', '/a//b'),
    'spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\'',
  ],
  ['nothing', {}, 'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  [
    'nothing behind it',
    { defaultBackend: {} },
    'spec.defaultBackend: Invalid value: "": resource or service backend is required',
  ],
  [
    'something of no name behind it',
    { defaultBackend: { resource: { apiGroup: 'a', kind: 'K', name: '' } } },
    'spec.defaultBackend.resource.name: Required value',
  ],
  [
    'a secret that is none',
    { defaultBackend: backend, tls: [{ secretName: 'a.b' }, { secretName: 'A' }] },
    `spec.tls[1].secretName: Invalid value: "A": ${dns1123SubdomainProblems('A').join()}`,
  ],
  ['no paths', { rules: [{ http: { paths: [] } }] }, 'spec.rules[0].http.paths: Required value'],
  [
    'no port',
    { defaultBackend: { service: { name: 'web' } } },
    'spec.defaultBackend: Required value: port name or number is required',
  ],
  [
    'two ports',
    { defaultBackend: { service: { name: 'web', port: { name: 'a', number: 1 } } } },
    'spec.defaultBackend: Invalid value: "": cannot set both port name & port number',
  ],
];

for (const [name, spec, expected] of ingresses) {
  test(`an ingress: ${name}`, () => assert.equal(complaint(kinds.ingresses, { spec }), expected));
}

test('an ingress names one class when it is made, and stays as it is later', () => {
  const metadata = { name: 'x', annotations: { 'kubernetes.io/ingress.class': 'a' } };
  const named = (ingressClassName: string) => ({ metadata, spec: { defaultBackend: backend, ingressClassName } });
  assert.equal(complaint(kinds.ingresses, named('a')), '');
  assert.equal(
    refusal(kinds.ingresses, named('b')),
    'Ingress.networking.k8s.io "x" is invalid: annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
  );
  assert.equal(
    refusal(
      kinds.ingresses,
      { metadata, spec: { defaultBackend: backend } },
      { spec: { defaultBackend: backend, ingressClassName: 'b' } },
    ),
    '',
  );
});

test('secrets by names that are none stay where there are some', () => {
  const spec = { defaultBackend: backend, tls: [{ secretName: 'A' }] };
  const old = created(kinds.ingresses, { spec: { defaultBackend: backend } });
  assert.throws(() => updated(kinds.ingresses, old, { spec }), /spec\.tls\[0\]\.secretName: Invalid value: "A"/);
  Object.assign(old, { spec });
  assert.doesNotThrow(() => updated(kinds.ingresses, old, { spec: { ...spec, ingressClassName: 'c' } }));
});

test('where an ingress is reached is an address or a name', () => {
  const said = (point: object) =>
    complaint(
      kinds.ingresses,
      { spec: { defaultBackend: backend } },
      { status: { loadBalancer: { ingress: [point] } } },
      'status',
    );
  const at = 'status.loadBalancer.ingress[0]';
  assert.equal(said({ ip: '10.0.0.1' }), '');
  assert.equal(said({ hostname: 'a.example' }), '');
  assert.match(
    said({ ip: 'here' }),
    /^status\.loadBalancer\.ingress\[0\]\.ip: Invalid value: "here": must be a valid IP address/,
  );
  assert.equal(
    said({ hostname: '10.0.0.1' }),
    `${at}.hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address`,
  );
});

const classes: readonly [string, object, string][] = [
  ['a class', { controller: 'example.com/c', parameters: { kind: 'K', name: 'n' } }, ''],
  [
    'a controller of no domain',
    { controller: 'c' },
    'spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")',
  ],
  [
    'parameters of a group that is none',
    { controller: 'example.com/c', parameters: { apiGroup: '-', kind: 'K', name: 'n' } },
    `spec.parameters.apiGroup: Invalid value: "-": ${dns1123SubdomainProblems('-').join()}`,
  ],
  [
    'parameters of no namespace',
    { controller: 'example.com/c', parameters: { kind: 'K', name: 'n', scope: 'Namespace' } },
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ],
  [
    'parameters of the cluster in a namespace',
    { controller: 'example.com/c', parameters: { kind: 'K', name: 'n', namespace: 'x' } },
    "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
  ],
];
for (const [name, spec, wanted] of classes) {
  test(`an ingress class: ${name}`, () => assert.equal(complaint(kinds.ingressClasses, { spec }), wanted));
}

const ranges: readonly [readonly string[], string][] = [
  [['10.0.0.0/16', 'fd00::/112'], ''],
  [[], 'spec.cidrs: Required value: at least one CIDR required'],
  [['x'], 'spec.cidrs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
  [['10.0.0.1/16'], 'spec.cidrs[0]: Invalid value: "10.0.0.1/16": must not have bits set beyond the prefix length'],
  [['1', '2', '3'], 'spec.cidrs: Invalid value: {"CIDRs":["1","2","3"]}: may only hold up to 2 values'],
  [
    ['10.0.0.0/16', '10.1.0.0/16'],
    'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
  ],
];
for (const [cidrs, wanted] of ranges) {
  test(`service addresses of [${cidrs.join()}]`, () => assert.equal(complaint(kinds.serviceCidrs, { spec: { cidrs } }), wanted));
}

const [v4, v6, other] = ['10.0.0.0/16', 'fd00::/112', '10.1.0.0/16'];
const changes: readonly [before: readonly string[], after: readonly string[], wanted: string][] = [
  [[v4], [v4, v6], ''],
  [[v4], [other], `spec.cidrs[0]: Invalid value: "${other}": field is immutable`],
  [[v4, v6], [v4], `spec.cidrs: Invalid value: ["${v4}"]: field is immutable`],
];
for (const [before, after, wanted] of changes) {
  test(`service addresses of [${before.join()}] become [${after.join()}]`, () =>
    assert.equal(complaint(kinds.serviceCidrs, { spec: { cidrs: before } }, { spec: { cidrs: after } }), wanted));
}

test('an address is called by the one way to write it', () => {
  const spec = { parentRef: { resource: 'r', name: 'n' } };
  assert.equal(
    complaint(kinds.ipAddresses, { metadata: { name: '2001:DB8::1' }, spec }),
    'metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
  );
});

const parents: readonly [object, string][] = [
  [{ resource: 'services', namespace: 'n', name: 's' }, ''],
  [{ name: 'a/b' }, '[PARENT.resource: Required value, PARENT.name: Invalid value: "a/b": may not contain \'/\']'],
  [{ resource: 'r', name: 'n', namespace: '..' }, 'PARENT.namespace: Invalid value: "..": may not be \'..\''],
];
for (const [parentRef, wanted] of parents) {
  test(`an address of ${JSON.stringify(parentRef)}`, () => {
    const metadata = { name: '10.0.0.1' };
    const said = complaint(kinds.ipAddresses, { metadata, spec: { parentRef } });
    assert.equal(said, wanted.replaceAll('PARENT', 'spec.parentRef'));
  });
}

test('a policy that selects no pods in particular selects all', () => {
  const old = created(kinds.networkPolicies, { spec: {} });
  assert.deepEqual(Reflect.get(old, 'spec').podSelector, {});
  assert.equal(updated(kinds.networkPolicies, old, { spec: { podSelector: { matchLabels: {} } } }).metadata.generation, 1);
});
