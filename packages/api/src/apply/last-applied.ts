import { isRecord } from '../json.js';
import type { KubernetesObject } from '../objects.js';
import { compareObjects } from './compare.js';
import { difference, isEmptySet } from './field-set.js';
import { appliedFields } from './fields-of.js';
import type { Conflict, Ownership } from './ownership.js';
import { ElementError } from './path-element.js';

/** Where `kubectl apply` without `--server-side` keeps what it applied. */
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** Kubernetes' limit of all annotations of an object. */
const annotationsBytesMax = 256 * 1024;
/** Only kubectl itself goes over from one way of applying to the other. */
const kubectlManager = 'kubectl';

/**
 * The conflicts that remain when kubectl applies on the server what it has applied on the client: fields that still are as it
 * left them are its own. As soon as one remains, none is forgiven but those that are its own.
 */
export function withoutAdopted(
  ownership: Ownership,
  live: KubernetesObject,
  conflicts: readonly Conflict[],
  manager: string,
): readonly Conflict[] {
  if (manager !== kubectlManager || conflicts.length === 0) return conflicts;
  const own = fieldsOfLastApplied(ownership, live);
  if (own === undefined) return conflicts;
  return conflicts
    .map(({ manager, fields }) => ({ manager, fields: difference(fields, own) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** Keeps the annotation of client-side apply true, where there is one, so that kubectl can go back to it. */
export function withLastApplied(object: Record<string, unknown>, config: unknown, manager: string): Record<string, unknown> {
  const { metadata } = object;
  if (manager !== kubectlManager || !isRecord(metadata) || !isRecord(metadata['annotations'])) return object;
  const { [lastAppliedAnnotation]: last, ...others } = metadata['annotations'];
  if (typeof last !== 'string' || last === '') return object;
  const annotations = { ...others, [lastAppliedAnnotation]: lastAppliedText(config) };
  const fits =
    Object.entries(annotations).reduce((bytes, [key, value]) => bytes + key.length + String(value).length, 0) <=
    annotationsBytesMax;
  return { ...object, metadata: { ...metadata, annotations: fits ? annotations : others } };
}

/** The configuration without the annotation itself, and with a line feed, as kubectl writes it. */
function lastAppliedText(config: unknown): string {
  if (!isRecord(config) || !isRecord(config['metadata'])) return `${JSON.stringify(config)}\n`;
  const { annotations, ...metadata } = config['metadata'];
  const { [lastAppliedAnnotation]: _, ...others } = isRecord(annotations) ? annotations : {};
  const kept = annotations === undefined ? metadata : { ...metadata, annotations: others };
  return `${JSON.stringify({ ...config, metadata: kept })}\n`;
}

function fieldsOfLastApplied({ schema, apiVersion }: Ownership, live: KubernetesObject) {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (text === undefined || text === '') return undefined;
  try {
    const config: unknown = JSON.parse(text);
    if (!isRecord(config) || config['apiVersion'] !== apiVersion) return undefined;
    const { added, modified, removed } = compareObjects(schema, config, live);
    return [modified, added, removed].reduce(difference, appliedFields(schema, config));
  } catch (error) {
    // Anybody may have written the annotation: one that cannot be read is as good as none.
    if (error instanceof SyntaxError || error instanceof ElementError) return undefined;
    throw error;
  }
}
