import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import test from 'node:test';
import { connect } from 'node:tls';
import { silentLogger } from '@flotilla/base';
import { listen } from './listener.js';
import { clientTls, testTls } from './serve-for-test.test.js';

const ignore = { request() {}, upgrade() {}, http2() {} };

const serverPem = () => {
  const { cert, key } = testTls().server;
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
};

/** The name on the certificate that a new connection is shown. */
function shownName(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ...clientTls() }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('a rotated certificate is shown to new connections', async () => {
  const tls = { ...clientTls(), ...serverPem(), clientCertAuth: true };
  const listener = await listen(new URL('https://127.0.0.1:0'), tls, ignore, silentLogger);
  const { port } = listener.address;
  assert.equal(await shownName(port), 'test server');
  listener.setTls({ ...tls, ...clientTls() });
  assert.equal(await shownName(port), 'test client');
  await listener.close();
});

test('a connection that says nothing does not keep the listener from closing', async () => {
  const listener = await listen(new URL('http://127.0.0.1:0'), undefined, ignore, silentLogger);
  const socket = connectTcp(listener.address.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  await listener.close();
  await closed;
});
