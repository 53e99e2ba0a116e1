/** Objects and patches that are good, to be spoilt. */
export const configMapSample = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', labels: { a: 'b' }, annotations: { n: 'y' } },
  data: { a: '1' },
};

export const deploymentSample = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x', labels: { a: 'b' }, finalizers: ['example.com/f'] },
  spec: {
    replicas: 1,
    selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
    strategy: { rollingUpdate: { maxSurge: '25%' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'x', resources: { limits: { cpu: '100m' } }, ports: [{ containerPort: 80 }] }] },
    },
  },
};

export const crdSample = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'tests.fuzz.example.com' },
  spec: {
    group: 'fuzz.example.com',
    scope: 'Namespaced',
    names: { plural: 'tests', kind: 'Test' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                'x-kubernetes-validations': [{ rule: 'self.a.matches("^a+$") && self.b <= 5', message: 'no' }],
                properties: {
                  a: { type: 'string', pattern: '^(a+)+$', default: 'a', maxLength: 10 },
                  b: { type: 'integer', minimum: 0, format: 'int64', default: 1 },
                  c: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  d: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
                },
              },
            },
          },
        },
        additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec.a' }],
      },
    ],
  },
};

export const patchSamples = {
  json: [
    { op: 'add', path: '/metadata/labels/x', value: 'y' },
    { op: 'copy', from: '/spec/template', path: '/spec/template/spec/x' },
    { op: 'move', from: '/metadata/labels/a', path: '/metadata/labels/b' },
    { op: 'test', path: '/spec/replicas', value: 1 },
    { op: 'remove', path: '/spec/template/spec/containers/0' },
    { op: 'replace', path: '/spec/replicas', value: 2 },
  ],
  merge: { spec: { replicas: 3, template: { spec: { containers: null } } }, metadata: { labels: null, annotations: { a: 'b' } } },
  strategic: {
    metadata: { $deleteFromPrimitiveList: ['a'], '$deleteFromPrimitiveList/finalizers': ['example.com/f'] },
    spec: {
      strategy: { $retainKeys: ['type'], type: 'Recreate' },
      template: {
        spec: {
          '$setElementOrder/containers': [{ name: 'd' }, { name: 'c' }],
          containers: [{ name: 'c', $patch: 'delete' }, { name: 'd' }],
        },
      },
    },
  },
};

export const managedFieldsSample = [
  {
    manager: 'm',
    operation: 'Apply',
    apiVersion: 'apps/v1',
    time: '2024-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:spec': {
        'f:replicas': {},
        'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:name': {}, 'f:image': {} } } } },
      },
      'f:metadata': { 'f:finalizers': { 'v:"example.com/f"': {} } },
    },
  },
];
