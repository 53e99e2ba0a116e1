import assert from 'node:assert/strict';
import { pick, type Random } from '@flotilla/base';
import type { TestServer } from '../api-servers.js';
import type { Target } from './fuzz.js';
import { mutate } from './hostile.js';
import { configMapSample, crdSample, deploymentSample, patchSamples } from './samples.js';

const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const customs = '/apis/fuzz.example.com/v1/namespaces/default/tests';
const custom = {
  apiVersion: 'fuzz.example.com/v1',
  kind: 'Test',
  metadata: { name: 'x' },
  spec: { a: 'aa', b: 2, c: { d: [1] }, d: ['e'] },
};
const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'x' }, spec: { replicas: 2 } };
const review = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: { verb: 'get' } },
};

const calls = [
  ['POST', configMaps, 'application/json', configMapSample],
  ['PUT', `${configMaps}/x`, 'application/json', configMapSample],
  ['POST', deployments, 'application/json', deploymentSample],
  ['PUT', `${deployments}/x`, 'application/yaml', deploymentSample],
  ['PUT', `${deployments}/x/scale`, 'application/json', scale],
  ['PATCH', `${deployments}/x`, 'application/json-patch+json', patchSamples.json.slice(0, 1)],
  ['PATCH', `${deployments}/x`, 'application/merge-patch+json', patchSamples.merge],
  ['PATCH', `${deployments}/x`, 'application/strategic-merge-patch+json', patchSamples.strategic],
  ['PATCH', `${deployments}/x?fieldManager=f&force=true`, 'application/apply-patch+yaml', deploymentSample],
  ['POST', crds, 'application/json', crdSample],
  ['PUT', `${crds}/${crdSample.metadata.name}`, 'application/json', crdSample],
  ['POST', customs, 'application/json', custom],
  ['PATCH', `${customs}/x?fieldManager=f`, 'application/apply-patch+yaml', custom],
  ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'application/json', review],
  ['DELETE', `${configMaps}/x`, 'application/json', { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }],
] as const;

interface MutatedCall {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

function input(random: Random): MutatedCall {
  const [method, path, type, value] = pick(random, calls);
  const text = JSON.stringify(value);
  return { method, path, type, body: random.next() < 0.15 ? text : mutate(text, random) };
}

/** A whole server: it may refuse a body with a Status, but never blames itself. */
export function serverTarget(server: TestServer): Target<MutatedCall> {
  return {
    name: 'server',
    input,
    async decode({ method, path, type, body }) {
      const reply = await server.call(path, { method, body, headers: { 'content-type': type } });
      assert.ok(reply.code < 500, reply.text);
      if (reply.code >= 400) assert.equal(reply.json.kind, 'Status', reply.text);
    },
    refuses: () => false,
  };
}
