import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errorMessage } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import { snapshotStallMs } from '../limits.js';

/** Where a store listens, and who asks: etcdctl's flags. */
export interface EndpointFlags {
  readonly endpoints: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecureSkipTlsVerify: boolean;
  /** `name` or `name:password`. */
  readonly user?: string;
  readonly password?: string;
}

interface Endpoint {
  readonly url: string;
  readonly tls: object;
}

/**
 * The snapshot of one member, through its JSON gateway, as it arrives. Works with a real etcd as well, which sends its own
 * kind of file.
 * @throws ConfigError when the flags are wrong, the member cannot be reached, refuses, or breaks off
 */
export async function* fetchSnapshot(flags: EndpointFlags): AsyncGenerator<Buffer> {
  const endpoint = endpointOf(flags);
  const headers = flags.user === undefined ? {} : { authorization: await signIn(endpoint, flags) };
  try {
    const response = await post(endpoint, '/v3/maintenance/snapshot', {}, headers);
    if (response.statusCode !== 200) throw new Error(messageOf(await textOf(response)));
    for await (const line of linesOf(response)) yield blobOf(line);
  } catch (error) {
    throw new ConfigError(`could not fetch the snapshot from ${endpoint.url}: ${errorMessage(error)}`);
  }
}

function endpointOf(flags: EndpointFlags): Endpoint {
  const urls = flags.endpoints.split(',').filter((url) => url !== '');
  const [first] = urls;
  if (first === undefined || urls.length > 1) {
    throw new ConfigError(`snapshot must be requested to one selected node, not multiple [${urls.join(' ')}]`);
  }
  const secure = flags.cacert !== undefined || flags.cert !== undefined;
  const url = /^https?:\/\//.test(first) ? first : `${secure ? 'https' : 'http'}://${first}`;
  if (!URL.canParse(url)) throw new ConfigError(`--endpoints: "${first}" is not a URL`);
  const file = (path: string | undefined) => (path === undefined ? undefined : readFile(path));
  const { cacert, cert, key, insecureSkipTlsVerify } = flags;
  return { url, tls: { ca: file(cacert), cert: file(cert), key: file(key), rejectUnauthorized: !insecureSkipTlsVerify } };
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(errorMessage(error));
  }
}

async function signIn(endpoint: Endpoint, { user = '', password }: EndpointFlags): Promise<string> {
  const [name = '', ...rest] = user.split(':');
  const response = await post(endpoint, '/v3/auth/authenticate', { name, password: password ?? rest.join(':') }, {});
  const text = await textOf(response);
  if (response.statusCode !== 200) throw new ConfigError(messageOf(text));
  return (JSON.parse(text) as { token: string }).token; // the gateway's answer
}

function post({ url, tls }: Endpoint, path: string, body: object, headers: Record<string, string>): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const options = { method: 'POST', headers, agent: false, timeout: snapshotStallMs, ...tls };
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, url), options, resolve);
    asked.on('timeout', () => asked.destroy(new Error('the member is silent')));
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response) text += part;
  return text;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response) {
    text += part;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    yield* lines;
  }
  if (text !== '') yield text;
}

/** @throws Error when the line tells of one */
function blobOf(line: string): Buffer {
  const { result } = JSON.parse(line) as { result?: { blob?: string } }; // the gateway's lines, `result` or `error`
  if (result === undefined) throw new Error(messageOf(line));
  return Buffer.from(result.blob ?? '', 'base64');
}

function messageOf(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { error?: string | { message?: string }; message?: string };
    return message ?? (typeof error === 'object' ? error.message : error) ?? text;
  } catch {
    return text.trim();
  }
}
