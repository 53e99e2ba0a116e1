import { createHash } from 'node:crypto';
import { type GroupVersion, statusErrors } from '@flotilla/api';
import type { Documented } from '@flotilla/api/openapi';
import type { Aggregation, ExtensionVersion } from '../aggregation/aggregation.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { versionInfo } from '../version.js';
import type { Exchange } from './exchange.js';
import { jsonType, parseAccept } from './negotiation.js';
import { respondText, sendBytes } from './respond.js';

/** What clients are told that the protobuf document is; they would not parse a type with an `@` in it. */
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

interface Document {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

interface Remembered {
  /** Its parts: while they are the same ones, so is the document. */
  readonly from: readonly unknown[];
  readonly document: Promise<Document>;
}

/** `/openapi/v2` and `/openapi/v3`: made when first asked for, and kept as long as the kinds that they tell of stay the same. */
export class OpenApi {
  readonly #catalogue: Catalogue;
  readonly #reviews: readonly Documented[];
  readonly #aggregation: Pick<Aggregation, 'versions'>;
  #known: { readonly from: Catalogue['definitions']; readonly all: readonly Documented[] } | undefined;
  #rootDocuments: Promise<ReadonlyMap<string, Document>> | undefined;
  readonly #documents = new Map<string, Remembered>();

  /** @param reviews kinds that are asked and never stored */
  constructor(catalogue: Catalogue, reviews: readonly Documented[], aggregation: Pick<Aggregation, 'versions'>) {
    this.#catalogue = catalogue;
    this.#reviews = reviews;
    this.#aggregation = aggregation;
  }

  async serve(exchange: Exchange): Promise<void> {
    const path = exchange.info.path.replace(/\/$/, '');
    if (path === '/openapi/v2') return this.#serveV2(exchange);
    if (path === '/openapi/v3') {
      return send(
        exchange,
        jsonType,
        await this.#remember('v3', [...this.#definitions, this.#aggregation.versions], () => this.#index()),
      );
    }
    const document = path.startsWith('/openapi/v3/') ? await this.#find(path.slice('/openapi/v3/'.length)) : undefined;
    if (document === undefined) return respondText(exchange, 404, '404 page not found\n');
    return send(exchange, jsonType, document, exchange.query.get('hash') === document.hash);
  }

  /** Everything that documents tell of; the same array as long as it is the same. */
  get #definitions(): readonly Documented[] {
    const { definitions } = this.#catalogue;
    if (this.#known?.from !== definitions) this.#known = { from: definitions, all: [...definitions, ...this.#reviews] };
    return this.#known.all;
  }

  async #serveV2(exchange: Exchange): Promise<void> {
    const definitions = this.#definitions;
    const extensions = this.#aggregation.versions;
    const from = [...definitions, ...extensions.map(({ documents }) => documents?.openApiV2)];
    for (const { type } of parseAccept(exchange.header('accept') ?? '*/*')) {
      if (type === jsonType || type === '*/*' || type === 'application/*') {
        const document = await this.#remember('v2', from, async () => encode(await v2Of(definitions, extensions)));
        return send(exchange, jsonType, document);
      }
      if (type === protobufType || type === 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf') {
        const document = await this.#remember('v2-protobuf', from, async () => {
          const { encodeOpenApiV2 } = await import('@flotilla/api/openapi');
          return encodeOpenApiV2(await v2Of(definitions, extensions));
        });
        return send(exchange, protobufType, document);
      }
    }
    throw statusErrors.notAcceptable([jsonType, protobufType]);
  }

  /** Names of shared models come from the built-in kinds, so that a document changes with the kinds of its own group alone. */
  #v3(groupVersion: GroupVersion): Promise<Document> {
    const definitions = this.#definitions;
    const own = definitions.filter(({ group, version }) => group === groupVersion.group && version === groupVersion.version);
    return this.#remember(pathOf(groupVersion), own, async () => {
      const { openApiV3 } = await import('@flotilla/api/openapi'); // large, and few clients ask
      const builtIn = definitions.filter(({ schema }) => schema === undefined);
      return encode(openApiV3(groupVersion, [...builtIn, ...own.filter(({ schema }) => schema !== undefined)], info));
    });
  }

  /** Clients cache each document by the hash in its address. */
  async #index(): Promise<Uint8Array> {
    const paths: Record<string, { readonly serverRelativeURL: string }> = {};
    for (const [path, { hash }] of await this.#roots()) paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    for (const groupVersion of this.#groupVersions()) {
      const { hash } = await this.#v3(groupVersion);
      const path = pathOf(groupVersion);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    for (const { group, version, available, documents } of this.#aggregation.versions) {
      if (!available || documents?.openApiHash === undefined) continue;
      const path = pathOf({ group, version });
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${documents.openApiHash}` };
    }
    return encode({ paths });
  }

  #groupVersions(): readonly GroupVersion[] {
    const versions = this.#definitions.map(({ group, version }) => [pathOf({ group, version }), { group, version }] as const);
    return [...new Map(versions).values()];
  }

  async #find(path: string): Promise<Document | undefined> {
    const groupVersion = this.#groupVersions().find((one) => pathOf(one) === path);
    return groupVersion === undefined ? (await this.#roots()).get(path) : this.#v3(groupVersion);
  }

  /** They tell of what is built in, which never changes. */
  #roots(): Promise<ReadonlyMap<string, Document>> {
    this.#rootDocuments ??= import('@flotilla/api/openapi').then(({ openApiV3Roots }) => {
      const builtIn = this.#definitions.filter(({ schema }) => schema === undefined);
      return new Map([...openApiV3Roots(builtIn, info)].map(([path, document]) => [path, hashed(encode(document))]));
    });
    return this.#rootDocuments;
  }

  #remember(key: string, from: readonly unknown[], make: () => Promise<Uint8Array>): Promise<Document> {
    const known = this.#documents.get(key);
    if (known !== undefined && sameItems(known.from, from)) return known.document;
    const document = make().then(hashed);
    const remembered = { from, document };
    document.catch(() => {
      if (this.#documents.get(key) === remembered) this.#documents.delete(key);
    });
    this.#documents.set(key, remembered);
    return document;
  }
}

function hashed(bytes: Uint8Array): Document {
  return { bytes, hash: createHash('sha256').update(bytes).digest('hex').toUpperCase() };
}

/** Those of extension API servers stay in it while these cannot be reached. */
async function v2Of(definitions: readonly Documented[], extensions: readonly ExtensionVersion[]) {
  const { mergeOpenApiV2, openApiV2 } = await import('@flotilla/api/openapi');
  const published = extensions.map(({ group, version, documents }) => ({
    group,
    version,
    document: documents?.openApiV2?.document,
  }));
  return mergeOpenApiV2(openApiV2(definitions, info), published);
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}

const info = { title: 'Kubernetes', version: versionInfo.gitVersion };

function pathOf({ group, version }: GroupVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function encode(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}

async function send(exchange: Exchange, contentType: string, { bytes, hash }: Document, immutable = false): Promise<void> {
  const { response } = exchange;
  const etag = `"${hash}"`;
  response.setHeader('vary', 'Accept');
  response.setHeader('etag', etag);
  if (exchange.header('if-none-match') === etag) {
    response.writeHead(304).end();
    return;
  }
  return sendBytes(exchange, 200, contentType, bytes, immutable ? 'public, max-age=31536000, immutable' : undefined);
}
