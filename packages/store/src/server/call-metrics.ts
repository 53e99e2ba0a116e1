import type { Metrics } from '@flotilla/process';
import { Counter } from 'prom-client';

export type CallType = 'unary' | 'server_stream' | 'bidi_stream';

/** Names of gRPC's codes, as Go prints them. */
const codeNames = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists', 'PermissionDenied'],
  ...['ResourceExhausted', 'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented', 'Internal', 'Unavailable'],
  ...['DataLoss', 'Unauthenticated'],
];

/** How often one call of etcd's API was made, and how it ended. Counting costs an addition: labels are made when scraped. */
export class CallCounts {
  readonly service: string;
  readonly method: string;
  readonly type: CallType;
  started = 0;
  received = 0;
  sent = 0;
  /** By code. */
  readonly handled: number[] = codeNames.map(() => 0);

  /** @param name `package.Service/Method` */
  constructor(name: string, type: CallType) {
    const [service = '', method = ''] = name.split('/');
    this.service = service;
    this.method = method;
    this.type = type;
  }

  ended(code: number): void {
    this.handled[code] = (this.handled[code] ?? 0) + 1;
  }
}

/** Calls of etcd's API, whichever face they come through, under the names that go-grpc-prometheus gives them. */
export class CallMetrics {
  readonly #calls = new Map<string, CallCounts>();

  constructor(metrics: Metrics) {
    const each = () => this.#calls.values();
    const labels = ['grpc_type', 'grpc_service', 'grpc_method'];
    const counter = (name: string, help: string, read: (counts: CallCounts) => number) =>
      new Counter({
        ...{ name, help, labelNames: labels, registers: [metrics.registry] },
        collect() {
          this.reset();
          for (const counts of each()) this.inc(labelsOf(counts), read(counts));
        },
      });
    counter('grpc_server_started_total', 'Total number of RPCs started on the server.', ({ started }) => started);
    counter('grpc_server_msg_received_total', 'Total number of RPC stream messages received on the server.', (c) => c.received);
    counter('grpc_server_msg_sent_total', 'Total number of gRPC stream messages sent by the server.', ({ sent }) => sent);
    new Counter({
      name: 'grpc_server_handled_total',
      help: 'Total number of RPCs completed on the server, regardless of success or failure.',
      labelNames: [...labels, 'grpc_code'],
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const counts of each()) {
          for (const [code, handled] of counts.handled.entries()) {
            this.inc({ ...labelsOf(counts), grpc_code: codeNames[code] ?? 'Unknown' }, handled);
          }
        }
      },
    });
    new Counter({
      name: 'etcd_server_client_requests_total',
      help: 'The total number of client requests per client version.',
      labelNames: ['type'],
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const { type, started } of each()) this.inc({ type: type === 'unary' ? 'unary' : 'stream' }, started);
      },
    });
  }

  /** Calls that have begun and not ended. */
  underWay(name: string): number {
    const counts = this.#calls.get(name);
    return counts === undefined ? 0 : counts.started - counts.handled.reduce((sum, handled) => sum + handled, 0);
  }

  /** Those of one call; the same ones for every face. */
  of(name: string, type: CallType): CallCounts {
    let counts = this.#calls.get(name);
    if (counts === undefined) {
      counts = new CallCounts(name, type);
      this.#calls.set(name, counts);
    }
    return counts;
  }
}

function labelsOf({ type, service, method }: CallCounts) {
  return { grpc_type: type, grpc_service: service, grpc_method: method };
}
