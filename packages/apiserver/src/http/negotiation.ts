import { statusErrors } from '@flotilla/api';
import { acceptCacheEntriesMax } from '../limits.js';

/** What the client wants an answer to look like, from its Accept header. */
export interface Rendering {
  readonly format: 'json' | 'yaml';
  /** A transformation by the server: a table for people, or metadata alone. */
  readonly as: 'Table' | 'PartialObjectMetadata' | undefined;
  /** Of meta.k8s.io, for the transformed answer: `v1` or `v1beta1`. */
  readonly metaVersion: string;
  readonly contentType: string;
}

export const jsonType = 'application/json';
export const yamlType = 'application/yaml';
/** Understood in bodies, because Go clients send it by default; answers are JSON, which all of them accept. */
export const protobufType = 'application/vnd.kubernetes.protobuf';
const served: readonly string[] = [jsonType, yamlType];

export const plainJson: Rendering = { format: 'json', as: undefined, metaVersion: 'v1', contentType: jsonType };

export interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

const remembered = new Map<string, Rendering>();

/**
 * Chooses among the accepted types; clients that would rather have protobuf or CBOR name JSON too.
 * `application/json;as=Table;v=v1;g=meta.k8s.io,application/json` → JSON, as a table.
 * @throws StatusError NotAcceptable
 */
export function negotiate(accept: string | undefined): Rendering {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === jsonType) return plainJson;
  const known = remembered.get(accept);
  if (known !== undefined) return known;
  for (const range of parseAccept(accept)) {
    const rendering = renderingOf(range);
    if (rendering === undefined) continue;
    if (remembered.size < acceptCacheEntriesMax) remembered.set(accept, rendering);
    return rendering;
  }
  throw statusErrors.notAcceptable(served);
}

/** The media ranges of an Accept header, the preferred first. */
export function parseAccept(accept: string): readonly MediaRange[] {
  return accept
    .split(',')
    .map(parseRange)
    .filter((range) => range.quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters: Record<string, string> = Object.create(null);
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals > 0) parameters[parameter.slice(0, equals).toLowerCase()] = parameter.slice(equals + 1).replace(/^"(.*)"$/, '$1');
  }
  const quality = parameters['q'] === undefined ? 1 : Number(parameters['q']);
  return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
}

function renderingOf({ type, parameters }: MediaRange): Rendering | undefined {
  const format = formatOf(type);
  if (format === undefined) return undefined;
  const as = parameters['as'];
  const contentType = format === 'yaml' ? yamlType : jsonType;
  if (as === undefined) return { format, as: undefined, metaVersion: 'v1', contentType };
  const metaVersion = parameters['v'] ?? '';
  if (parameters['g'] !== 'meta.k8s.io' || (metaVersion !== 'v1' && metaVersion !== 'v1beta1')) return undefined;
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined;
  return { format, as: as === 'Table' ? 'Table' : 'PartialObjectMetadata', metaVersion, contentType };
}

function formatOf(type: string): 'json' | 'yaml' | undefined {
  if (type === jsonType || type === '*/*' || type === 'application/*') return 'json';
  return type === yamlType || type === 'application/x-yaml' || type === 'text/yaml' ? 'yaml' : undefined;
}
