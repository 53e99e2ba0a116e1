import {
  type FieldError,
  fieldErrorText,
  isRecord,
  type KubernetesObject,
  validateAnnotations,
  validateLabels,
} from '@flotilla/api';

interface Review {
  readonly kind: string;
  readonly apiVersion: string;
}

/** @throws Error when what a webhook has answered is no answer to the review, or says that it failed */
export function convertedObjects(review: Review, uid: string, answer: unknown): readonly unknown[] {
  const { kind, apiVersion, response } = isRecord(answer) ? answer : {};
  // Webhooks of the first version never had to repeat these.
  const strict = !review.apiVersion.endsWith('/v1beta1');
  if (strict && (kind !== review.kind || apiVersion !== review.apiVersion)) {
    throw new Error(`expected webhook response of ${kindText(review)}, got ${kindText({ kind, apiVersion })}`);
  }
  if (!isRecord(response)) throw new Error('no response provided');
  if (strict && response['uid'] !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  const { status = '', message = '' } = isRecord(response['result']) ? response['result'] : {};
  if (status !== 'Success') throw new Error(`${message}` || `response.result.status was '${status}', not 'Success'`);
  const objects = response['convertedObjects'];
  return Array.isArray(objects) ? objects : [];
}

/** What is wrong with a converted object, and in which of its parts: Kubernetes' sentences tell them apart. */
export class ConvertedObjectError extends Error {
  readonly part: 'version' | 'identity' | 'metadata';

  constructor(part: ConvertedObjectError['part'], message: string) {
    super(message);
    this.part = part;
  }
}

/**
 * The converted object with the original's metadata: of that, a webhook may change labels and annotations alone.
 * @throws ConvertedObjectError when it is not what was asked for
 */
export function acceptConverted(original: KubernetesObject, converted: unknown, apiVersion: string): KubernetesObject {
  if (!isRecord(converted)) throw new ConvertedObjectError('version', 'not an object');
  if (converted['apiVersion'] !== apiVersion) {
    const received = text(converted['apiVersion']);
    throw new ConvertedObjectError('version', `invalid groupVersion (expected ${apiVersion}, received ${received})`);
  }
  if (converted['kind'] !== original.kind) {
    const received = text(converted['kind']);
    throw new ConvertedObjectError('version', `invalid kind (expected ${original.kind ?? ''}, received ${received})`);
  }
  const { metadata } = converted;
  checkIdentity(original, isRecord(metadata) ? metadata : {});
  if (!isRecord(metadata)) throw new ConvertedObjectError('metadata', 'missing metadata in converted object');
  const { labels, annotations, ...kept } = original.metadata;
  const changed = {
    ...textsOf(metadata, 'labels', labels, (texts) => validateLabels(texts, 'metadata.labels')),
    ...textsOf(metadata, 'annotations', annotations, (texts) => validateAnnotations(texts, 'metadata.annotation')), // sic
  };
  return { ...converted, apiVersion, kind: original.kind, metadata: { ...kept, ...changed } } as KubernetesObject; // checked above
}

function checkIdentity({ metadata: original }: KubernetesObject, metadata: Record<string, unknown>): void {
  const labels = { name: 'name', namespace: 'namespace', uid: 'UID' } as const;
  for (const member of ['name', 'namespace', 'uid'] as const) {
    const [expected, received] = [original[member] ?? '', text(metadata[member])];
    if (expected === received) continue;
    throw new ConvertedObjectError('identity', `must have the same ${labels[member]}: ${expected} != ${received}`);
  }
}

type Texts = Readonly<Record<string, string>>;

/** @throws ConvertedObjectError when a member of the metadata is no map of texts, or has changed to what it may not be */
function textsOf(
  metadata: Record<string, unknown>,
  member: 'labels' | 'annotations',
  before: Texts | undefined,
  problems: (texts: Texts) => readonly FieldError[],
): { readonly [name: string]: Texts } {
  const value = metadata[member];
  if (value === undefined || value === null) return {};
  const refused = (message: string) => new ConvertedObjectError('metadata', message);
  if (!isRecord(value)) throw refused(`invalid metadata.${member} of type ${goType(value)} in converted object`);
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === 'string') continue;
    throw refused(`metadata.${member}[${key}] must be a string, but is ${goType(each)} in converted object`);
  }
  const texts = value as Texts; // as just seen
  const changed = Object.keys(texts).length !== Object.keys(before ?? {}).length;
  if (changed || Object.entries(texts).some(([key, each]) => before?.[key] !== each)) {
    const wrong = problems(texts).map(fieldErrorText);
    if (wrong.length > 0) throw refused(wrong.length === 1 ? (wrong[0] ?? '') : `[${wrong.join(', ')}]`);
  }
  return { [member]: texts };
}

/** What Go calls the type of a decoded JSON value. */
function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

function kindText({ kind, apiVersion }: { readonly kind?: unknown; readonly apiVersion?: unknown }): string {
  return `${text(apiVersion)}, Kind=${text(kind)}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
