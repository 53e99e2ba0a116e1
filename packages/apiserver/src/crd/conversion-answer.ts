import { isRecord, type KubernetesObject } from '@flotilla/api';

interface Review {
  readonly kind: string;
  readonly apiVersion: string;
}

/** @throws Error when what a webhook has answered is no answer to the review, or says that it failed */
export function convertedObjects(review: Review, uid: string, answer: unknown): readonly unknown[] {
  const { kind, apiVersion, response } = isRecord(answer) ? answer : {};
  if (kind !== review.kind || apiVersion !== review.apiVersion) {
    throw new Error(`expected webhook response of ${kindText(review)}, got ${kindText({ kind, apiVersion })}`);
  }
  if (!isRecord(response)) throw new Error('no response provided');
  if (response['uid'] !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  const { status = '', message = '' } = isRecord(response['result']) ? response['result'] : {};
  if (status !== 'Success') throw new Error(`${message}` || `response.result.status was '${status}', expected 'Success'`);
  const objects = response['convertedObjects'];
  return Array.isArray(objects) ? objects : [];
}

/**
 * The converted object with the original's metadata: of that, a webhook may change labels and annotations alone.
 * @throws Error when it is not what was asked for
 */
export function acceptConverted(original: KubernetesObject, converted: unknown, apiVersion: string): KubernetesObject {
  if (!isRecord(converted)) throw new Error('not an object');
  if (converted['apiVersion'] !== apiVersion) {
    throw new Error(`invalid groupVersion (expected ${apiVersion}, received ${text(converted['apiVersion'])})`);
  }
  if (converted['kind'] !== original.kind) {
    throw new Error(`invalid kind (expected ${original.kind ?? ''}, received ${text(converted['kind'])})`);
  }
  const { metadata } = converted;
  if (metadata === undefined) throw new Error('missing metadata in converted object');
  if (!isRecord(metadata)) throw new Error('invalid metadata in converted object');
  for (const [member, label] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const [expected, received] = [original.metadata[member] ?? '', text(metadata[member])];
    if (expected !== received) throw new Error(`must have the same ${label}: ${expected} != ${received}`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const changed = { ...texts(metadata, 'labels'), ...texts(metadata, 'annotations') };
  return { ...converted, apiVersion, kind: original.kind, metadata: { ...kept, ...changed } } as KubernetesObject; // checked above
}

/** @throws Error when a member of the metadata is no map of texts */
function texts(metadata: Record<string, unknown>, member: 'labels' | 'annotations'): Record<string, unknown> {
  const value = metadata[member];
  if (value === undefined || value === null) return {};
  if (!isRecord(value) || Object.values(value).some((each) => typeof each !== 'string')) {
    throw new Error(`invalid metadata.${member} in converted object`);
  }
  return { [member]: value };
}

function kindText({ kind, apiVersion }: { readonly kind?: unknown; readonly apiVersion?: unknown }): string {
  return `${text(apiVersion)}, Kind=${text(kind)}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
