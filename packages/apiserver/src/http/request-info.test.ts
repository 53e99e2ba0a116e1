import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo } from './request-info.js';

/** Method and URL, and what is read from it: verb, group/version, namespace, resource, name, subresource, subpath. */
const resources: readonly (readonly [string, string])[] = [
  ['GET /api/v1/pods', 'list /v1 - pods - - -'],
  ['GET /api/v1/pods?watch=1', 'watch /v1 - pods - - -'],
  ['GET /api/v1/pods?watch=false', 'list /v1 - pods - - -'],
  ['GET /api/v1/namespaces/a/pods/b', 'get /v1 a pods b - -'],
  ['GET /api/v1/namespaces/a/pods/b?watch=true', 'get /v1 a pods b - -'],
  ['HEAD /api/v1/namespaces/a/pods/b', 'get /v1 a pods b - -'],
  ['GET /api/v1/namespaces/a/pods/b/log', 'get /v1 a pods b log -'],
  ['GET /api/v1/namespaces', 'list /v1 - namespaces - - -'],
  ['GET /api/v1/namespaces/a', 'get /v1 a namespaces a - -'],
  ['PUT /api/v1/namespaces/a/status', 'update /v1 a namespaces a status -'],
  ['PUT /api/v1/namespaces/a/finalize', 'update /v1 a namespaces a finalize -'],
  ['POST /api/v1/namespaces/a/pods', 'create /v1 a pods - - -'],
  ['POST /api/v1/namespaces/a/pods/b/eviction', 'create /v1 a pods b eviction -'],
  ['PATCH /apis/apps/v1/namespaces/a/deployments/b/scale', 'patch apps/v1 a deployments b scale -'],
  ['DELETE /apis/apps/v1/namespaces/a/deployments', 'deletecollection apps/v1 a deployments - - -'],
  ['DELETE /apis/apps/v1/namespaces/a/deployments/b', 'delete apps/v1 a deployments b - -'],
  ['GET /api/v1/watch/namespaces/a/pods', 'watch /v1 a pods - - -'],
  ['GET /api/v1/watch/namespaces/a/pods/b', 'watch /v1 a pods b - -'],
  ['GET /api/v1/nodes/n/proxy/metrics/cadvisor', 'get /v1 - nodes n proxy metrics/cadvisor'],
  ['GET /api/v1/pods?fieldSelector=metadata.name%3Db', 'list /v1 - pods b - -'],
  ['GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn,metadata.name%3D%3Db', 'list /v1 - pods b - -'],
  ['DELETE /api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Db', 'deletecollection /v1 a pods - - -'],
];

for (const [line, expected] of resources) {
  test(`request: ${line}`, () => {
    const [method = '', url = ''] = line.split(' ');
    const [path = '', query = ''] = url.split('?');
    const info = parseRequestInfo(method, path, new URLSearchParams(query));
    assert.equal(info.isResourceRequest, true);
    const { verb, apiGroup, apiVersion, namespace, resource, name, subresource, subpath } = info;
    const seen = [
      verb,
      `${apiGroup}/${apiVersion}`,
      ...[namespace, resource, name, subresource, subpath].map((part) => part || '-'),
    ];
    assert.equal(seen.join(' '), expected);
  });
}

for (const path of [
  '/',
  '/api',
  '/api/',
  '/api/v1',
  '/api/v1/',
  '/apis',
  '/apis/apps',
  '/apis/apps/v1',
  '/apis/apps/v1/',
  '/healthz',
  '/version/',
]) {
  test(`no resource: ${path}`, () => {
    const info = parseRequestInfo('GET', path, new URLSearchParams());
    assert.deepEqual([info.isResourceRequest, info.verb, info.path], [false, 'get', path]);
  });
}
