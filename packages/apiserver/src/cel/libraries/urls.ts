import { ValueList, ValueMap } from '../collections.js';
import { traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload } from '../overload.js';
import { CelError, type CelMap, CelOpaque, sizeOf } from '../values.js';
import { libraryTypes } from './opaque-types.js';

/** A URL in pieces, as Go's net/url takes it apart: nothing is resolved or rewritten. */
class CelUrl extends CelOpaque {
  readonly type = libraryTypes.url;
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(text: string, scheme: string, host: string, path: string, query: string) {
    super();
    this.text = text;
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelUrl && other.text === this.text;
  }
}

const parsing: CostFunction = ([text = null]) => traversalCost(sizeOf(text));
const u = 'kubernetes.URL';

export const urls: readonly Overload[] = [
  overload(`url(string): ${u}`, parseUrl, parsing),
  overload('isURL(string): bool', isUrl, parsing),
  overload(`${u}.getScheme(): string`, ({ scheme }: CelUrl) => scheme),
  overload(`${u}.getHost(): string`, ({ host }: CelUrl) => host),
  overload(`${u}.getHostname(): string`, ({ host }: CelUrl) => host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '')),
  overload(`${u}.getPort(): string`, ({ host }: CelUrl) => /:(\d*)$/.exec(host)?.[1] ?? ''),
  overload(`${u}.getEscapedPath(): string`, ({ path }: CelUrl) => escapePath(path)),
  overload(`${u}.getQuery(): map(string, list(string))`, queryOf),
];

/** An absolute URL, or an absolute path. @throws CelError */
export function parseUrl(text: string): CelUrl {
  const fail = (why: string) =>
    new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${why}`);
  if (text === '') throw fail('empty url');
  if (/\p{Cc}/u.test(text)) throw fail('net/url: invalid control character in URL');
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/.exec(text);
  const [, scheme, authority, path = '', query = ''] = match ?? [];
  if (scheme === undefined && !text.startsWith('/')) throw fail('invalid URI for request');
  const bad = /%(?![\da-fA-F]{2}).{0,2}/.exec(path + (authority ?? ''));
  if (bad !== null) throw fail(`invalid URL escape ${JSON.stringify(bad[0])}`);
  const host = (authority ?? '').replace(/^.*@/, '');
  if (host.startsWith('[') ? !/^\[[^\]]+\](:\d*)?$/.test(host) : /:(?!\d*$)/.test(host)) {
    const port = host.slice(host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':'));
    throw fail(
      host.startsWith('[') && !host.includes(']') ? "missing ']' in host" : `invalid port ${JSON.stringify(port)} after host`,
    );
  }
  if (/[\s<>"^`{|}\\]/.test(host))
    throw fail(`invalid character ${JSON.stringify(/[\s<>"^`{|}\\]/.exec(host)?.[0])} in host name`);
  return new CelUrl(text, (scheme ?? '').toLowerCase(), host, path, query);
}

function isUrl(text: string): boolean {
  try {
    parseUrl(text);
    return true;
  } catch {
    return false;
  }
}

function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%[\]]/gu, (character) => encodeURIComponent(character));
}

function queryOf({ query }: CelUrl): CelMap {
  const map = new ValueMap();
  const parameters = new URLSearchParams(query);
  for (const name of new Set(parameters.keys())) map.add(name, new ValueList(parameters.getAll(name)));
  return map;
}
