import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { ConnectionTarget } from './http1-connection.js';

const lineFeed = 10;
/** What may come of one watch before it is read: as much as Go's clients allow. */
const windowBytes = 4 * 1024 * 1024;

/** HTTP/2 as clients of Kubernetes use it: all watches of a process on one connection. */
export class Http2Connection {
  readonly #session: ClientHttp2Session;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(session: ClientHttp2Session, { token }: ConnectionTarget) {
    this.#session = session;
    this.#headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  }

  static async open(target: ConnectionTarget): Promise<Http2Connection> {
    const { host, port, tls } = target;
    const session = connect(`https://${host}:${port}`, { ...tls, settings: { initialWindowSize: windowBytes } });
    await once(session, 'remoteSettings');
    return new Http2Connection(session, target);
  }

  /** Every line of the watch is told of. Resolves when the server has begun to answer. */
  async watch(path: string, onLine: () => void): Promise<void> {
    const stream = this.#session.request({ ...this.#headers, ':path': path });
    const [headers] = await once(stream, 'response');
    if (headers[':status'] !== 200) throw new Error(`the watch was answered with ${headers[':status']}`);
    stream.on('data', (bytes: Buffer) => {
      for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) onLine();
    });
  }
}
