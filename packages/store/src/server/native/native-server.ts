import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@flotilla/base';
import { nativePath, nativeProtocol } from '@flotilla/store-client';
import { WebSocketServer } from 'ws';
import { commonNameOf } from '../auth/common-name.js';
import type { ClientService } from '../client-service.js';
import { messageSlackBytes } from '../limits.js';
import { Session } from './session.js';

/** Takes WebSocket upgrades on `nativePath`; whoever listens hands them in. */
export class NativeServer {
  readonly #sockets: WebSocketServer;
  readonly #sessions = new Set<Session>();
  readonly #service: ClientService;
  readonly #log: Logger;

  constructor(service: ClientService, log: Logger) {
    this.#service = service;
    this.#log = log;
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: service.requestBytesMax + messageSlackBytes,
      handleProtocols: (offered) => (offered.has(nativeProtocol) ? nativeProtocol : false),
    });
  }

  get connections(): number {
    return this.#sessions.size;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url !== nativePath) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const commonName = commonNameOf(socket);
      const session = new Session(webSocket, commonName === undefined ? {} : { commonName }, this.#service, this.#log);
      this.#sessions.add(session);
      webSocket.on('close', () => this.#sessions.delete(session));
    });
  }

  close(): void {
    for (const session of this.#sessions) session.close();
    this.#sockets.close();
  }
}
