import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';

export const put = '/etcdserverpb.KV/Put';
export const range = '/etcdserverpb.KV/Range';

/** A gRPC message as it travels: uncompressed, unless `format` says otherwise. */
export function framed(hex: string, format = 0): Buffer {
  const message = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const prefix = Buffer.alloc(5, format);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** What `hello` is as the field `key` of a request. */
export const keyHex = '0a 05 68656c6c6f';

export interface RawAnswer {
  readonly http: number | undefined;
  /** gRPC's status, where there is one. */
  readonly code: number | undefined;
  readonly text: string;
  readonly body: Buffer;
  /** HTTP/2's error code, with which the stream was reset. */
  readonly reset: number;
}

/** Node.js's own HTTP/2, for requests that no gRPC client makes. */
export class RawClient {
  readonly session: ClientHttp2Session;

  constructor(url: string) {
    this.session = connect(url);
    this.session.on('error', () => {}); // every request tells
  }

  /** @param headers those that differ from a sound call's; undefined leaves one out */
  request(body: Buffer | undefined, headers: Readonly<Record<string, string | undefined>> = {}): Promise<RawAnswer> {
    const sound = { ':method': 'POST', ':path': put, 'content-type': 'application/grpc', te: 'trailers' };
    const all = Object.fromEntries(Object.entries({ ...sound, ...headers }).filter(([, value]) => value !== undefined));
    const stream = this.session.request(all, { endStream: body === undefined });
    const chunks: Buffer[] = [];
    let found: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    stream.on('response', (head) => {
      found = { ...found, ...head };
    });
    stream.on('trailers', (tail) => {
      found = { ...found, ...tail };
    });
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
    stream.on('error', () => {}); // told by the code of the reset
    stream.end(body);
    return new Promise((resolve) => {
      stream.on('close', () => {
        const code = found['grpc-status'] === undefined ? undefined : Number(found['grpc-status']);
        const text = String(found['grpc-message'] ?? '');
        resolve({ http: found[':status'], code, text, body: Buffer.concat(chunks), reset: stream.rstCode ?? 0 });
      });
    });
  }

  close(): void {
    this.session.destroy();
  }
}

export function assertOk(answer: RawAnswer): Buffer {
  assert.deepEqual([answer.http, answer.code, answer.reset], [200, 0, 0]);
  return answer.body;
}
