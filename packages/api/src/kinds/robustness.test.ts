import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tableOf } from '../columns/table.js';
import type { Definition } from '../definition.js';
import { StatusError } from '../errors/status-error.js';
import { cloneJson } from '../json.js';
import type { KubernetesObject } from '../objects.js';
import { decodeModel } from '../schema/decode.js';
import { modelSchema, type Schema } from '../schema/schema.js';
import { decodeObject } from '../strategy/decode-object.js';
import { applyDefaults, prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from '../strategy/prepare.js';
import { checkCreate, checkStatusUpdate, checkUpdate } from '../strategy/validate.js';
import { definitions, kinds } from './kinds.js';

const depthMax = 7;
const words = [
  '',
  'a',
  '__proto__',
  'constructor',
  'x/y',
  'Always',
  'Exists',
  'In',
  'RollingUpdate',
  'ClusterIP',
  'None',
  '10.0.0.1',
  '50%',
];

const now = '2024-01-01T00:00:00Z';

/** A value that the schema allows, with anything missing that may be missing on the wire: which is everything. */
function anyOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'ref':
      return depth > depthMax ? fc.constant({}) : structOf(schema.model, depth);
    case 'list':
      return depth > depthMax ? fc.constant([]) : fc.array(anyOf(schema.of, depth + 1), { maxLength: 2 });
    case 'map':
      return fc.dictionary(fc.constantFrom('a', 'cpu', 'storage', '__proto__'), anyOf(schema.of, depth + 1), { maxKeys: 2 });
    case 'int32':
    case 'int64':
      return fc.constantFrom(0, 1, -1, 80);
    case 'double':
      return fc.constantFrom(0, 0.5);
    case 'boolean':
      return fc.boolean();
    case 'bytes':
      return fc.constantFrom('', 'eA==');
    case 'time':
    case 'micro-time':
      return fc.constant(now);
    case 'quantity':
      return fc.constantFrom('0', '1', '-1', '100m', '1Gi');
    case 'int-or-string':
      return fc.constantFrom(0, 1, -1, '50%', 'web', '');
    case 'any':
      return fc.jsonValue({ maxDepth: 1 });
    default:
      return fc.constantFrom(...words);
  }
}

const structs = new Map<string, fc.Arbitrary<unknown>>();

function structOf(model: string, depth: number): fc.Arbitrary<unknown> {
  const key = `${model} ${depth}`;
  const known = structs.get(key);
  if (known !== undefined) return known;
  const fields = [...modelSchema(model).fields].filter(([name]) => name !== 'apiVersion' && name !== 'kind');
  const members = Object.fromEntries(fields.map(([name, schema]) => [name, anyOf(schema, depth + 1)]));
  const struct = fc.record(members, { requiredKeys: [], noNullPrototype: true });
  structs.set(key, struct);
  return struct;
}

/** Runs what may refuse an object, but only in the way that a client is told of. @returns whether it did not */
function accepts(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return false;
  }
}

for (const definition of definitions) {
  test(`no ${definition.kind} that a client can send breaks anything`, () => {
    fc.assert(
      fc.property(structOf(definition.model, 0), structOf(definition.model, 0), (body, other) => {
        const { object } = decodeObject(definition, body);
        const change = decodeObject(definition, other).object;
        applyDefaults(definition, object);
        const once = cloneJson(object);
        applyDefaults(definition, object);
        assert.deepEqual(object, once, 'defaults are idempotent');
        assert.deepEqual(decodeModel(definition.model, object).value, object, 'what is stored is read back as it was');
        accepts(() => checkCreate(definition, cloneJson(object)));
        // Random metadata is never accepted, and would hide what comes after it.
        object.metadata = { name: 'x', ...(definition.namespaced ? { namespace: 'default' } : {}) };
        prepareForCreate(definition, object);
        const stored = accepts(() => checkCreate(definition, object));
        const old = cloneJson(object) as KubernetesObject;
        applyDefaults(definition, change);
        const status = cloneJson(change);
        prepareForUpdate(definition, change, old);
        accepts(() => checkUpdate(definition, change, old));
        prepareForStatusUpdate(definition, status, old, now);
        if (!stored) return;
        const fits = accepts(() => checkStatusUpdate(definition, status, old));
        const printed = (fits ? status : object) as KubernetesObject; // what is stored is printed, whatever its status
        tableOf(definition, [printed], 0);
        for (const read of Object.values(definition.selectableFields)) assert.equal(typeof read(printed), 'string');
        definition.scale?.selector(printed);
        definition.gracePeriodSeconds?.(printed, undefined);
      }),
      { numRuns: 25 },
    );
  });
}

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const replicated = { spec: { selector: { matchLabels: { app: 'a' } }, template } };
const jobTemplate = { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } };
const roleRef = { kind: 'ClusterRole', name: 'r' };
const storage = { storage: '1Gi' };

/** The least that is accepted, of the kinds of which chance makes nothing acceptable. */
const least = new Map<Definition, object>([
  [kinds.pods, { spec: template.spec }],
  [kinds.podTemplates, { template }],
  [kinds.deployments, replicated],
  [kinds.replicaSets, replicated],
  [kinds.daemonSets, replicated],
  [kinds.statefulSets, replicated],
  [kinds.replicationControllers, { spec: { template } }],
  [kinds.jobs, { spec: { ...replicated.spec, template: { ...template, ...jobTemplate.spec.template } } }],
  [kinds.cronJobs, { spec: { schedule: '@daily', jobTemplate } }],
  [kinds.services, { spec: { ports: [{ port: 80 }] } }],
  [kinds.endpointSlices, { addressType: 'IPv4' }],
  [kinds.persistentVolumes, { spec: { accessModes: ['ReadWriteOnce'], capacity: storage, hostPath: { path: '/data' } } }],
  [kinds.persistentVolumeClaims, { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: storage } } }],
  [
    kinds.horizontalPodAutoscalers,
    { spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } } },
  ],
  [kinds.clusterRoleBindings, { roleRef }],
  [kinds.roleBindings, { roleRef }],
]);

for (const [definition, body] of least) {
  test(`a ${definition.kind} of any status can be printed and selected`, () => {
    fc.assert(
      fc.property(structOf(definition.model, 0), (other) => {
        const { object } = decodeObject(definition, body);
        object.metadata = { name: 'x', ...(definition.namespaced ? { namespace: 'default' } : {}) };
        applyDefaults(definition, object);
        prepareForCreate(definition, object);
        checkCreate(definition, object);
        const status = decodeObject(definition, other).object;
        prepareForStatusUpdate(definition, status, object as KubernetesObject, now);
        tableOf(definition, [object as KubernetesObject, status as KubernetesObject], 0);
        for (const read of Object.values(definition.selectableFields)) {
          assert.equal(typeof read(status as KubernetesObject), 'string');
        }
        definition.scale?.selector(status as KubernetesObject);
        definition.gracePeriodSeconds?.(status as KubernetesObject, undefined);
      }),
      { numRuns: 50 },
    );
  });
}
