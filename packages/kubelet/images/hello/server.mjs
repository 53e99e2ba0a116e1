// The program behind the image flotilla/hello: answers every request with the pod and node it runs on and how many it has answered.
// A client that accepts application/json gets JSON. GET /healthz answers ok, and 503 once the server is stopping.
import { createServer } from 'node:http';

const {
  HOST,
  PORT = '8080',
  POD_NAME,
  POD_NAMESPACE,
  POD_IP,
  NODE_NAME,
  HOSTNAME,
  MESSAGE = 'Hello from Flotilla!',
  DRAIN_MS = '500',
} = process.env;
const pod = POD_NAME ?? HOSTNAME ?? 'unknown';
const print = (line) => process.stdout.write(`${line}\n`);
let requests = 0;
let stopping = false;

const server = createServer((request, response) => {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path === '/healthz') return send(response, stopping ? 503 : 200, 'text/plain', stopping ? 'stopping\n' : 'ok\n');
  requests++;
  print(`${request.method} ${request.url} from ${request.socket.remoteAddress}`);
  const answer = { message: MESSAGE, pod, namespace: POD_NAMESPACE, node: NODE_NAME, podIP: POD_IP, requests };
  if (/\bapplication\/json\b/.test(request.headers.accept ?? ''))
    return send(response, 200, 'application/json', `${JSON.stringify(answer)}\n`);
  return send(
    response,
    200,
    'text/plain; charset=utf-8',
    `${MESSAGE} pod ${pod} on ${NODE_NAME ?? 'this host'}, request ${requests}\n`,
  );
});

function send(response, code, type, body) {
  response.writeHead(code, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...(stopping && { connection: 'close' }),
  });
  response.end(body);
}

server.on('error', (error) => {
  process.stderr.write(`listen on ${HOST ?? '*'}:${PORT}: ${error.message}\n`);
  process.exit(1);
});
server.listen({ port: Number(PORT), ...(HOST !== undefined && { host: HOST }) }, () =>
  print(`listening on ${HOST ?? '*'}:${PORT}`),
);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    print(`${signal}: finishing what is under way`);
    // Proxies need a moment to hear that this pod is going: until they have, new requests still come and are answered.
    setTimeout(() => server.close(() => process.exit(0)), Number(DRAIN_MS));
  });
}
