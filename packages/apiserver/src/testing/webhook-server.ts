import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TestAuthority } from '@flotilla/process/testing';
import type { Loose } from './registries.js';

const address = '127.22.7.2';
const authority = new TestAuthority('webhook-ca');
const pair = authority.issue({ commonName: 'webhook', hosts: [address, 'hook.default.svc'] });

/** As a clientConfig has it. */
const webhookCaBundle = Buffer.from(authority.pair.cert).toString('base64');

/** What a webhook makes of a review: the response but for its uid, or a whole answer as text. */
type Answerer = (review: Loose, path: string) => Loose | string | Promise<Loose>;

/** A webhook over real HTTPS. For tests. */
export class WebhookServer {
  /** What it was asked, oldest first. */
  readonly reviews: Loose[] = [];
  /** The Authorization headers that came along. */
  readonly authorizations: (string | undefined)[] = [];
  answer: Answerer = () => ({ allowed: true });
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static start(): Promise<WebhookServer> {
    const server = createServer({ cert: pair.cert, key: pair.key });
    const hook = new WebhookServer(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const review: Loose = JSON.parse(Buffer.concat(chunks).toString());
        hook.reviews.push(review);
        hook.authorizations.push(request.headers.authorization);
        const answer = await hook.answer(review, request.url ?? '');
        response.setHeader('content-type', 'application/json');
        if (typeof answer === 'string') {
          response.statusCode = Number(/^\d{3}/.exec(answer)?.[0] ?? 200);
          response.end(answer.replace(/^\d{3} /, ''));
          return;
        }
        const { apiVersion, kind } = review;
        response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.request.uid, ...answer } }));
      });
    });
    return new Promise((resolve) => server.listen(0, address, () => resolve(hook)));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on a TCP port
  }

  get address(): string {
    return address;
  }

  /** Forgets what it was asked, and answers so from now on. */
  reset(answer: Answerer): void {
    this.reviews.length = 0;
    this.authorizations.length = 0;
    this.answer = answer;
  }

  client(path = '/admit'): object {
    return { url: `https://${address}:${this.port}${path}`, caBundle: webhookCaBundle };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What a mutating webhook answers with. */
export function patchOf(...operations: readonly object[]): object {
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}
