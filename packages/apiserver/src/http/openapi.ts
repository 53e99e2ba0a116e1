import { createHash } from 'node:crypto';
import { type Definition, type GroupVersion, statusErrors } from '@flotilla/api';
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

/** `/openapi/v2` and `/openapi/v3`: made when first asked for, and kept. */
export class OpenApi {
  readonly #catalogue: Catalogue;
  readonly #documents = new Map<string, Promise<Document>>();
  #definitions: readonly Definition[] = [];

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  async serve(exchange: Exchange): Promise<void> {
    this.#refresh();
    const path = exchange.info.path.replace(/\/$/, '');
    if (path === '/openapi/v2') return this.#serveV2(exchange);
    if (path === '/openapi/v3') return send(exchange, jsonType, await this.#remember('v3', () => this.#index()));
    const groupVersion = path.startsWith('/openapi/v3/') ? this.#find(path.slice('/openapi/v3/'.length)) : undefined;
    if (groupVersion === undefined) return respondText(exchange, 404, '404 page not found\n');
    const document = await this.#v3(groupVersion);
    return send(exchange, jsonType, document, exchange.query.get('hash') === document.hash);
  }

  #refresh(): void {
    const { definitions } = this.#catalogue;
    if (definitions === this.#definitions) return;
    this.#definitions = definitions;
    this.#documents.clear();
  }

  async #serveV2(exchange: Exchange): Promise<void> {
    for (const { type } of parseAccept(exchange.header('accept') ?? '*/*')) {
      if (type === jsonType || type === '*/*' || type === 'application/*') {
        return send(exchange, jsonType, await this.#remember('v2', async () => encode(await this.#v2())));
      }
      if (type === protobufType || type === 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf') {
        const document = await this.#remember('v2-protobuf', async () => {
          const { encodeOpenApiV2 } = await import('@flotilla/api/openapi');
          return encodeOpenApiV2(await this.#v2());
        });
        return send(exchange, protobufType, document);
      }
    }
    throw statusErrors.notAcceptable([jsonType, protobufType]);
  }

  async #v2() {
    const { openApiV2 } = await import('@flotilla/api/openapi'); // large, and few clients ask
    return openApiV2(this.#definitions, info);
  }

  #v3(groupVersion: GroupVersion): Promise<Document> {
    return this.#remember(pathOf(groupVersion), async () => {
      const { openApiV3 } = await import('@flotilla/api/openapi');
      return encode(openApiV3(groupVersion, this.#definitions, info));
    });
  }

  /** Clients cache each document by the hash in its address. */
  async #index(): Promise<Uint8Array> {
    const paths: Record<string, { readonly serverRelativeURL: string }> = {};
    for (const groupVersion of this.#groupVersions()) {
      const { hash } = await this.#v3(groupVersion);
      const path = pathOf(groupVersion);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return encode({ paths });
  }

  #groupVersions(): readonly GroupVersion[] {
    return [...new Map(this.#definitions.map(({ group, version }) => [pathOf({ group, version }), { group, version }])).values()];
  }

  #find(path: string): GroupVersion | undefined {
    return this.#groupVersions().find((groupVersion) => pathOf(groupVersion) === path);
  }

  #remember(key: string, make: () => Promise<Uint8Array>): Promise<Document> {
    let document = this.#documents.get(key);
    if (document === undefined) {
      document = make().then((bytes) => ({ bytes, hash: createHash('sha256').update(bytes).digest('hex').toUpperCase() }));
      document.catch(() => this.#documents.delete(key));
      this.#documents.set(key, document);
    }
    return document;
  }
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
