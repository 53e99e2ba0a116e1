import { connect } from 'node:tls';
import { tlsOf } from '../api-servers.js';
import type { KeyPair } from '../certificates.js';

/** Long enough for any answer that comes at all; bytes that are no whole request get none until the client hangs up. */
const answerMsMax = 400;

/**
 * Sends bytes as they are over TLS, and hangs up its side when no answer comes.
 * @returns everything that came back until the server closed, or the answer was there
 */
export function sendRaw(port: number, host: string, bytes: string | Buffer, as: KeyPair | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, ...tlsOf(as), servername: '' });
    const chunks: Buffer[] = [];
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    let timer: NodeJS.Timeout | undefined;
    socket.once('secureConnect', () => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
      timer = setTimeout(() => (chunks.length > 0 ? finish() : socket.end()), answerMsMax);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', finish);
    socket.once('error', (error) =>
      'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code)) ? finish() : reject(error),
    );
  });
}

/** The codes of all answers in what came back. */
export function codesOf(received: string): readonly number[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, code]) => Number(code));
}
