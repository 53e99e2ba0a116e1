import { type Definition, type KubernetesObject, partialObjectMetadata, tableOf } from '@flotilla/api';
import { type Clock, type Random, randomInt } from '@flotilla/base';
import { WebSocket, WebSocketServer } from 'ws';
import { readerStallMs, watchBufferBytesMax, watchTimeoutMaxMs, watchTimeoutMinMs } from '../limits.js';
import type { WatchAnswer, WatchEvent } from '../registry/registry.js';
import { watchEvent } from '../storage/cache-event.js';
import { encodedOnce } from '../storage/encoded-once.js';
import { drained } from './drained.js';
import { ClientGoneError, type Exchange } from './exchange.js';
import { numberParameter } from './list-options.js';
import type { Response } from './message.js';
import type { RequestMetrics } from './metrics.js';
import { negotiate, type Rendering } from './negotiation.js';
import { includeObjectOf } from './respond.js';

/** Where events go: a chunked response or a WebSocket. */
interface Sink {
  /** Resolves when the connection can take more; rejects when it is gone or its reader has stalled. */
  send(events: readonly WatchEvent[]): Promise<void> | undefined;
  end(): void;
  /** Cuts the connection: what was sent is not all there was. */
  fail(): void;
}

/** The watches of one server, so that all of them can be ended when it stops. */
export class WatchStreams {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: Pick<RequestMetrics, 'watching'>;
  readonly #open = new Set<WatchAnswer>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 4_096,
    handleProtocols: (protocols) => [...protocols].find((protocol) => !protocol.startsWith(bearerProtocol)) ?? false,
  });
  #closing = false;

  constructor(clock: Clock, random: Random, metrics: Pick<RequestMetrics, 'watching'>) {
    this.#clock = clock;
    this.#random = random;
    this.#metrics = metrics;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Sends events until the client leaves, its time is up, the watch ends or the server stops. */
  async serve(exchange: Exchange, definition: Definition, start: () => Promise<WatchAnswer>): Promise<void> {
    const rendering = negotiate(exchange.header('accept'));
    const encode = encoderFor(exchange, definition, rendering);
    const timeoutMs = this.#timeoutMs(exchange);
    const answer = await start();
    this.#open.add(answer);
    const cancelTimeout = this.#clock.after(timeoutMs, () => answer.close());
    if (this.#closing) answer.close();
    let sink: Sink | undefined;
    try {
      sink = exchange.upgrade === undefined ? responseSink(exchange.response, this.#clock) : await this.#accept(exchange, answer);
      exchange.started();
      const sending = this.#metrics.watching(exchange.info);
      for await (const batch of answer) {
        const events = encode(batch);
        sending(events);
        const sent = sink.send(events);
        if (sent !== undefined) await sent;
      }
      sink.end();
    } catch (error) {
      sink?.fail();
      if (!(error instanceof ClientGoneError)) throw error;
    } finally {
      cancelTimeout();
      answer.close();
      this.#open.delete(answer);
    }
  }

  /** Ends every watch cleanly, so that clients resume elsewhere; later ones end at once. */
  close(): void {
    this.#closing = true;
    for (const answer of this.#open) answer.close();
    this.#webSockets.close();
  }

  #timeoutMs(exchange: Exchange): number {
    const seconds = numberParameter(exchange.query, 'timeoutSeconds');
    if (seconds !== undefined && seconds > 0) return Math.min(seconds * 1_000, 2 ** 31 - 1);
    return randomInt(this.#random, watchTimeoutMinMs, watchTimeoutMaxMs);
  }

  #accept({ upgrade }: Exchange, answer: WatchAnswer): Promise<Sink> {
    return new Promise((resolve, reject) => {
      if (upgrade === undefined) return reject(new ClientGoneError('the watcher has gone'));
      // A handshake that fails is answered on the socket, which then closes.
      upgrade.socket.once('close', () => {
        answer.close();
        reject(new ClientGoneError('the watcher has gone'));
      });
      upgrade.detach();
      this.#webSockets.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, (socket) => {
        resolve(webSocketSink(socket, answer, this.#clock));
      });
    });
  }
}

/** Browsers cannot set headers on a WebSocket, so a token may come as a subprotocol: it is never echoed. */
export const bearerProtocol = 'base64url.bearer.authorization.k8s.io.';

function responseSink(response: Response, clock: Clock): Sink {
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'no-cache, private');
  response.writeHead(200);
  response.flushHeaders();
  // Chunks that were made once for all watchers go past the response, which would frame each anew and copy it to do so.
  const { socket } = response;
  const out = socket !== null && response.chunkedEncoding === true ? socket : response;
  return {
    send(events) {
      if (out.destroyed) return Promise.reject(new ClientGoneError('the watcher has gone'));
      const texts = events.map(out === response ? ({ bytes }) => bytes : ({ chunk }) => chunk);
      const [first] = texts;
      const more = first === undefined || out.write(texts.length === 1 ? first : Buffer.concat(texts));
      return more ? undefined : drained(out, clock);
    },
    end: () => response.end(),
    fail: () => response.destroy(),
  };
}

/** One event a text frame. Text that the client sends is ignored; its close ends the watch. */
function webSocketSink(socket: WebSocket, answer: WatchAnswer, clock: Clock): Sink {
  socket.on('close', () => answer.close());
  socket.on('error', () => answer.close());
  return {
    send(events) {
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new ClientGoneError('the watcher has gone'));
      const last = events.length - 1;
      if (socket.bufferedAmount < watchBufferBytesMax) {
        for (const { bytes } of events) socket.send(bytes, textFrame);
        return undefined;
      }
      return new Promise((resolve, reject) => {
        const cancelStall = clock.after(readerStallMs, () => socket.terminate());
        events.forEach(({ bytes }, i) => {
          socket.send(bytes, textFrame, (error) => {
            if (i !== last) return;
            cancelStall();
            if (error) reject(new ClientGoneError('the watcher has gone'));
            else resolve();
          });
        });
      });
    },
    end: () => socket.close(1000),
    fail: () => socket.terminate(),
  };
}

const textFrame = { binary: false, compress: false };

type Encode = (batch: readonly WatchEvent[]) => readonly WatchEvent[];

/** Events as they are cached, or each turned into what the client asked for; only then is anything encoded per watcher. */
function encoderFor(exchange: Exchange, definition: Definition, rendering: Rendering): Encode {
  if (rendering.as === undefined) return (batch) => batch;
  const apiVersion = `meta.k8s.io/${rendering.metaVersion}`;
  if (rendering.as === 'PartialObjectMetadata') {
    return (batch) => batch.map((event) => encodeEvent(event, (object) => ({ ...partialObjectMetadata(object), apiVersion })));
  }
  const includeObject = includeObjectOf(exchange);
  let columns = true;
  return (batch) =>
    batch.map((event) =>
      encodeEvent(event, (object) => {
        const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
        const table = { ...tableOf(definition, [object], Date.now(), { metadata, includeObject, columns }), apiVersion };
        columns = false;
        return table;
      }),
    );
}

function encodeEvent(event: WatchEvent, transform: (object: Parameters<typeof partialObjectMetadata>[0]) => unknown): WatchEvent {
  if (event.type === 'ERROR') return event;
  // Only an ERROR carries a Status; every other event carries an object of the kind that is watched.
  const object = transform(event.object as Parameters<typeof partialObjectMetadata>[0]);
  return watchEvent(event.type, encodedOnce(object as KubernetesObject)); // written, and never looked into
}
