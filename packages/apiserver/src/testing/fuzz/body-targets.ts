import { Readable } from 'node:stream';
import {
  applyConfig,
  applyPatch,
  applyPatchType,
  applySchemaOf,
  configProblems,
  type Definition,
  decodeObject,
  type KubernetesObject,
  kinds,
  patchTypes,
  resetFieldsOf,
  StatusError,
} from '@flotilla/api';
import { pick, type Random, randomInt } from '@flotilla/base';
import { decodeBody, decodePatch } from '../../http/decode.js';
import type { Exchange } from '../../http/exchange.js';
import type { Target } from './fuzz.js';
import { hostileBytes, hostileJson, hostileText, mutate } from './hostile.js';
import { configMapSample, crdSample, deploymentSample, managedFieldsSample, patchSamples } from './samples.js';

const refuses = (error: unknown) => error instanceof StatusError && error.code < 500;

const samples: readonly (readonly [Definition, object])[] = [
  [kinds.configMaps, configMapSample],
  [kinds.deployments, deploymentSample],
  [kinds.customResourceDefinitions, crdSample],
];

interface SentBody {
  readonly type: string;
  readonly kind: number;
  readonly body: string | Buffer;
}

/** As much of a request as a decoder looks at. */
function sent({ type, body }: SentBody): Exchange {
  const request = Object.assign(Readable.from([Buffer.from(body)]), { headers: { 'content-type': type }, complete: true });
  return { request, header: (name: string) => (name === 'content-type' ? type : undefined) } as unknown as Exchange;
}

const yamlPieces = [
  'a: ',
  '- ',
  '\n',
  '  ',
  '&a ',
  '*a',
  '<<: *a',
  '!!binary ',
  '!!set ',
  '!!omap ',
  '? ',
  '|\n',
  '>-\n',
  '{',
  '}',
  '"',
  '.inf',
  '.nan',
  'yes',
  '0o7',
  '%YAML 1.1\n---\n',
  '...\n',
];

function yamlText(random: Random): string {
  return Array.from({ length: randomInt(random, 0, 60) }, () => pick(random, yamlPieces)).join('');
}

function bodyOf(random: Random): SentBody {
  const kind = randomInt(random, 0, samples.length);
  const [, sample] = random.next() < 0.9 ? (samples[kind] ?? pick(random, samples)) : pick(random, samples);
  const chance = random.next();
  if (chance < 0.1) return { type: 'application/vnd.kubernetes.protobuf', kind, body: envelope(random) };
  const type = chance < 0.4 ? 'application/yaml' : 'application/json';
  if (chance > 0.9) return { type, kind, body: hostileBytes(random, 60) };
  if (type === 'application/yaml' && random.next() < 0.3) return { type, kind, body: yamlText(random) };
  return { type, kind, body: mutate(JSON.stringify(sample, null, random.next() < 0.2 ? 1 : 0), random) };
}

/** A ConfigMap in Kubernetes' envelope, with bytes that may mean anything. */
function envelope(random: Random): Buffer {
  const text = (field: number, bytes: Buffer) => Buffer.concat([Buffer.from([field * 8 + 2, bytes.length]), bytes]);
  const type = Buffer.concat([text(1, Buffer.from('v1')), text(2, Buffer.from('ConfigMap'))]);
  const raw = random.next() < 0.5 ? hostileBytes(random, 100) : text(randomInt(random, 1, 6), hostileBytes(random, 100));
  const whole = Buffer.concat([Buffer.from('k8s\0'), text(1, type), text(2, raw)]);
  return random.next() < 0.2 ? whole.subarray(0, randomInt(random, 0, whole.length)) : whole;
}

const bodies: Target<SentBody> = {
  name: 'body',
  input: bodyOf,
  async decode(input) {
    const [definition = kinds.configMaps] = samples[input.kind] ?? [];
    const { value, problems } = await decodeBody(sent(input), definition.kind);
    const fieldValidation = input.body.length % 2 === 0 ? 'Strict' : 'Warn';
    decodeObject(definition, value, { fieldValidation, duplicateFields: problems });
  },
  refuses,
};

function patchOf(random: Random): { readonly type: string; readonly patch: string } {
  const [name, sample] = pick(random, Object.entries(patchSamples));
  const type = { json: patchTypes.json, merge: patchTypes.merge }[name] ?? patchTypes.strategic;
  return { type, patch: random.next() < 0.1 ? hostileJson(random) : mutate(JSON.stringify(sample), random) };
}

/** Who changes it in place fails. */
const untouchable = frozen(structuredClone(deploymentSample));

function frozen<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object') frozen(member);
  return Object.freeze(value);
}

const patches: Target<{ readonly type: string; readonly patch: string }> = {
  name: 'patch',
  input: patchOf,
  async decode({ type, patch }) {
    const { value } = await decodePatch(sent({ type, kind: 0, body: patch }), 'Deployment');
    const patched = applyPatch(kinds.deployments, type as typeof patchTypes.json, untouchable, value);
    decodeObject(kinds.deployments, patched);
  },
  refuses,
};

const applies: Target<{ readonly config: string; readonly owners: string }> = {
  name: 'apply',
  input: (random) => ({
    config: mutate(JSON.stringify(deploymentSample), random),
    owners: random.next() < 0.5 ? JSON.stringify(managedFieldsSample) : mutate(JSON.stringify(managedFieldsSample), random),
  }),
  async decode({ config, owners }) {
    const { value } = await decodePatch(sent({ type: applyPatchType, kind: 0, body: config }), 'Deployment');
    const live = JSON.stringify({ ...deploymentSample, metadata: { name: 'x', managedFields: 0 } }).replace(':0', `:${owners}`);
    const stored = await decodeBody(sent({ type: 'application/json', kind: 0, body: live }), 'Deployment');
    const { object } = decodeObject(kinds.deployments, stored.value);
    const schema = applySchemaOf(kinds.deployments);
    if (configProblems(schema, value).length > 0) return;
    const ownership = {
      apiVersion: 'apps/v1',
      schema,
      subresource: '',
      reset: resetFieldsOf(kinds.deployments, ''),
      now: '2024-01-01T00:00:00Z',
    };
    const options = { manager: 'm', force: true };
    const applied = applyConfig({ ...ownership, version: () => undefined }, object as KubernetesObject, value, options);
    decodeObject(kinds.deployments, applied.object);
  },
  refuses,
};

/** Bodies that are not objects of a kind but text after text. */
const texts: Target<SentBody> = {
  name: 'text as a body',
  input: (random) => ({
    type: pick(random, ['application/json', 'application/yaml', 'application/JSON; charset=utf-8', '', ';;']),
    kind: 0,
    body: hostileText(random),
  }),
  decode: (input) => decodeBody(sent(input), 'ConfigMap'),
  refuses,
};

export const bodyTargets: readonly Target[] = [bodies, patches, applies, texts];
