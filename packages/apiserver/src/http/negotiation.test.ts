import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@flotilla/api';
import { negotiate } from './negotiation.js';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

for (const [accept, expected] of [
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['application/*', 'json'],
  ['application/json', 'json'],
  ['application/json, */*', 'json'],
  ['application/vnd.kubernetes.protobuf,application/json', 'json'],
  ['application/cbor,application/json;q=0.9', 'json'],
  ['application/yaml', 'yaml'],
  ['text/html, application/yaml;q=0.5', 'yaml'],
  ['application/json;q=0.1,application/yaml', 'yaml'],
  [`${table},application/json`, 'json Table v1'],
  ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'json Table v1beta1'],
  ['application/json;as=Table;v=v1;g=example.com,application/json', 'json'],
  ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'json PartialObjectMetadata v1'],
  ['application/yaml;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'yaml PartialObjectMetadata v1'],
] as const) {
  test(`Accept: ${accept}`, () => {
    const { format, as, metaVersion } = negotiate(accept);
    assert.equal(as === undefined ? format : `${format} ${as} ${metaVersion}`, expected);
  });
}

for (const accept of [
  'text/html',
  'application/json;q=0',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Chair;v=v1;g=meta.k8s.io',
]) {
  test(`not acceptable: ${accept}`, () => {
    assert.throws(
      () => negotiate(accept),
      (error) => error instanceof StatusError && error.code === 406,
    );
  });
}
