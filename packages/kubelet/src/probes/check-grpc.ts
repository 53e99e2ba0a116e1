import { connect } from 'node:http2';
import type { Verdict } from './check.js';

const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** `grpc.health.v1.Health/Check` over plaintext HTTP/2; healthy when the answer is SERVING. The two messages are small enough to write by hand. */
export function checkGrpc(host: string, port: number, service: string, timeoutMs: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const session = connect(`http://${host}:${port}`);
    const finish = (verdict: Verdict) => {
      clearTimeout(timer);
      session.destroy();
      resolve(verdict);
    };
    const timer = setTimeout(
      () =>
        finish({ healthy: false, output: `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s` }),
      timeoutMs,
    );
    session.on('error', (error) => finish({ healthy: false, output: error.message }));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => finish({ healthy: false, output: error.message }));
    stream.on('end', () => finish(verdictOf(Buffer.concat(chunks))));
    stream.end(checkRequest(service));
  });
}

/** A gRPC frame (flag, length) around `HealthCheckRequest { string service = 1 }`. */
function checkRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/** `HealthCheckResponse { ServingStatus status = 1 }`, an enum, after the frame's five bytes. */
function verdictOf(answer: Buffer): Verdict {
  const status = answer.length >= 7 && answer[5] === 0x08 ? (answer[6] ?? 0) : 0;
  if (status === 1) return { healthy: true, output: '' };
  return { healthy: false, output: `service unhealthy (responded with "${servingStatus[status] ?? status}")` };
}
