import { type Clock, errorMessage, type Random, sleep } from '@flotilla/base';
import { Agent, request } from 'undici';
import { connectionErrorText } from '../webhooks/connection-error.js';
import type { RemoteServer } from '../webhooks/kubeconfig.js';

/** Tries of one batch, as many as in Kubernetes. */
const attemptsMax = 5;
const answerTimeoutMs = 30_000;

export interface AuditWebhookOptions {
  readonly server: RemoteServer;
  /** Before the second try; it grows by half from try to try. */
  readonly initialBackoffMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Sends audit events to somebody else: lists of `audit.k8s.io/v1`, by POST. */
export class AuditWebhook {
  readonly #options: AuditWebhookOptions;
  readonly #agent: Agent;
  readonly #stop = new AbortController();

  constructor(options: AuditWebhookOptions) {
    this.#options = options;
    this.#agent = new Agent({ connect: options.server.tls, headersTimeout: answerTimeoutMs, bodyTimeout: answerTimeoutMs });
  }

  /**
   * Whatever goes wrong may be right the next time: all is tried again.
   * @param events as JSON
   * @throws Error of the last try
   */
  async send(events: readonly string[]): Promise<void> {
    const { clock, random, initialBackoffMs } = this.#options;
    const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.join()}]}`;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#post(body);
      } catch (error) {
        if (attempt >= attemptsMax || this.#stop.signal.aborted) throw error;
        const delayMs = initialBackoffMs * 1.5 ** (attempt - 1);
        // Whoever closes does not want to wait, and has one more try.
        await sleep(clock, delayMs * (1 + 0.2 * random.next()), this.#stop.signal).catch(() => undefined);
      }
    }
  }

  /** What is under way is tried once more, without waiting for its time. */
  hurry(): void {
    this.#stop.abort();
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #post(body: string): Promise<void> {
    const { url, authorization } = this.#options.server;
    const { host } = new URL(url);
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body,
      dispatcher: this.#agent,
    }).catch((error: unknown) => {
      throw new Error(`Post ${JSON.stringify(url)}: ${connectionErrorText(error, host)}`);
    });
    const text = await answer.body.text().catch(errorMessage);
    if (answer.statusCode < 200 || answer.statusCode > 299)
      throw new Error(`the server answered ${answer.statusCode}: ${text.slice(0, 200)}`);
  }
}
