import assert from 'node:assert/strict';
import type { Reply, TestServer } from './api-servers.js';
import type { Loose } from './registries.js';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The CronTab of the CustomResourceDefinition guide, with one field for everything that a schema can say. */
export function cronTabs(names: Loose = {}): Loose {
  const plural = names.plural ?? 'crontabs';
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.stable.example.com` },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      names: { plural, kind: 'CronTab', shortNames: plural === 'crontabs' ? ['ct'] : [], ...names },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: structuredClone({ spec, status }) } },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.replicas',
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.labelSelector',
            },
          },
          selectableFields: [{ jsonPath: '.spec.replicas' }],
          additionalPrinterColumns: [
            { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
            { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
        },
      ],
    },
  };
}

const spec = {
  type: 'object',
  required: ['cronSpec'],
  'x-kubernetes-validations': [
    { rule: '!self.suspend || self.replicas <= 5', message: 'a suspended tab has at most five replicas' },
  ],
  properties: {
    cronSpec: { type: 'string', pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' },
    replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
    suspend: { type: 'boolean', default: false },
    policy: { type: 'string', enum: ['Allow', 'Forbid'] },
    at: { type: 'string', format: 'date-time' },
    hosts: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, number: { type: 'integer' } } },
    },
    port: { 'x-kubernetes-int-or-string': true },
    any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

const status = {
  type: 'object',
  properties: { replicas: { type: 'integer' }, labelSelector: { type: 'string' } },
};

/** Creates a definition. @returns it, once it is established */
export async function establish(server: TestServer, crd: Loose): Promise<Reply> {
  const created = await server.call(crds, { method: 'POST', body: crd });
  assert.equal(created.code, 201, created.text);
  const path = `${crds}/${crd.metadata.name}`;
  const isEstablished = ({ json }: Reply) =>
    (json.status?.conditions ?? []).some(({ type, status }: Loose) => type === 'Established' && status === 'True');
  await until(async () => isEstablished(await server.call(path)));
  return server.call(path);
}

/** Asks again until the answer is yes. @throws AssertionError after ten seconds */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await condition())) {
    assert.ok(performance.now() < endMs, 'this has not become true in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
