import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { kinds, type Node, type Pod, type PodSpec } from '@flotilla/api';
import { defined, silentLogger, sleep } from '@flotilla/base';
import { ApiClient } from '@flotilla/client';
import { createMetrics, systemClock, systemRandom } from '@flotilla/process';
import { TestAuthority } from '@flotilla/process/testing';
import { processRuntimeDir } from '../config.js';
import { Kubelet } from '../kubelet.js';
import { stopPods } from '../stop-pods.js';
import { FakeApiServer } from './fake-api-server.js';

export interface TestNode {
  readonly api: FakeApiServer;
  readonly rootDir: string;
  /** Starts a kubelet on the folder, as a supervisor would after the last one died. @returns how to stop it */
  start(): Promise<() => Promise<void>>;
  /** @returns code and body of a request to the kubelet's server */
  get(path: string, as: 'admin' | 'nobody'): Promise<{ code: number; body: string }>;
  addPod(name: string, spec: PodSpec): Pod;
  pod(name: string): Pod | undefined;
  node(): Node | undefined;
  /** What the controller manager does. */
  assignRange(podCIDR: string): void;
  untilPod(name: string, condition: (pod: Pod) => boolean): Promise<Pod>;
}

export const nodeName = 'node-t';
const address = '127.61.0.1';

/** A node with its kubelet in this process, real containers and a fake API; everything is gone after the test. */
export async function testNode(t: TestContext): Promise<TestNode> {
  const rootDir = await mkdtemp(join(tmpdir(), 'flotilla-kubelet-'));
  const authority = new TestAuthority();
  // The server's, and the administrator's too.
  const pair = authority.issue({ commonName: 'admin', organizations: ['system:masters'], hosts: [address] });
  const api = new FakeApiServer();
  const server = await api.listen();
  const stops = new Set<() => Promise<void>>();
  const port = 20_000 + (process.pid % 20_000);
  t.after(async () => {
    for (const stop of stops) await stop();
    await api.close();
    await stopPods(processRuntimeDir(rootDir), { clock: systemClock });
    await rm(rootDir, { recursive: true, force: true });
  });
  const node: TestNode = {
    api,
    rootDir,
    async start() {
      const controller = new AbortController();
      const { signal } = controller;
      const client = new ApiClient({
        connection: { servers: [server] },
        clock: systemClock,
        random: systemRandom,
        log: silentLogger,
      });
      const config = {
        kubeconfig: '',
        nodeName,
        nodeIp: address,
        address,
        port,
        tls: { cert: pair.certFile, key: pair.keyFile, clientCa: authority.pair.certFile },
        rootDir,
        nodeLabels: { zone: 'a' },
        taints: [],
        maxPods: 10,
        nodeStatusUpdateMs: 10_000,
        imageCatalog: undefined,
        hostRoutes: false,
      };
      const running = new Kubelet(config, {
        client,
        clock: systemClock,
        random: systemRandom,
        log: silentLogger,
        metrics: createMetrics(),
        signal,
      }).run();
      const stop = async () => {
        stops.delete(stop);
        controller.abort();
        await running;
        await client.close();
      };
      stops.add(stop);
      return stop;
    },
    get: (path, as) =>
      httpsGet({
        host: address,
        port,
        path,
        ca: authority.pair.cert,
        ...(as === 'admin' && { cert: pair.cert, key: pair.key }),
      }),
    addPod: (name, spec) =>
      api.put(kinds.pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default' },
        spec: { nodeName, ...spec },
      } as Pod) as unknown as Pod,
    pod: (name) => api.get(kinds.pods, name, 'default'),
    node: () => api.get(kinds.nodes, nodeName),
    assignRange(podCIDR) {
      const registered = defined(api.get(kinds.nodes, nodeName), 'the node is registered before it gets a range');
      api.put(kinds.nodes, { ...registered, spec: { ...registered.spec, podCIDR } } as Node);
    },
    async untilPod(name, condition) {
      for (;;) {
        const pod = api.get(kinds.pods, name, 'default');
        if (pod !== undefined && condition(pod)) return pod;
        await sleep(systemClock, 10);
      }
    },
  };
  return node;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(systemClock, 10);
}

function httpsGet(options: object): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
