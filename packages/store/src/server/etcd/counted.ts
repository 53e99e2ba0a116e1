import { isStoreError } from '@flotilla/mvcc';
import type { CallCounts, CallMetrics } from '../call-metrics.js';
import type { Operation, StreamOperation } from './call.js';
import { type StreamCall, streamCalls, type UnaryCall, unaryCalls } from './calls.js';
import { grpcCode, grpcCodes } from './errors.js';

/** Every call that is served, counted: what each face takes its calls from. */
export function countedCalls(metrics: CallMetrics): {
  readonly unaryCalls: readonly UnaryCall[];
  readonly streamCalls: readonly StreamCall[];
} {
  return {
    unaryCalls: unaryCalls.map((call) => ({ ...call, operation: counted(call.operation, metrics.of(call.name, 'unary')) })),
    streamCalls: streamCalls.map((call) => ({ ...call, stream: countedStream(call.stream, metrics.of(call.name, call.type)) })),
  };
}

function counted(operation: Operation, counts: CallCounts): Operation {
  return async (call, request) => {
    counts.started++;
    counts.received++;
    try {
      const response = await operation(call, request);
      counts.sent++;
      counts.ended(grpcCodes.ok);
      return response;
    } catch (error) {
      counts.ended(codeOf(error));
      throw error;
    }
  };
}

function countedStream(open: StreamOperation, counts: CallCounts): StreamOperation {
  return (call, sink, clock) => {
    let over = false;
    const end = (code: number) => {
      if (!over) counts.ended(code);
      over = true;
    };
    counts.started++;
    const session = open(
      call,
      {
        send(message) {
          counts.sent++;
          return sink.send(message);
        },
        sendEach(own, shared) {
          counts.sent += own.length;
          return sink.sendEach(own, shared);
        },
        end() {
          end(grpcCodes.ok);
          sink.end();
        },
        fail(error) {
          end(codeOf(error));
          sink.fail(error);
        },
      },
      clock,
    );
    return {
      request(message) {
        counts.received++;
        session.request(message);
      },
      drained: () => session.drained(),
      requestsEnded: () => session.requestsEnded(),
      close() {
        end(grpcCodes.cancelled); // by the client, unless it had ended before
        session.close();
      },
    };
  };
}

function codeOf(error: unknown): number {
  return isStoreError(error) ? grpcCode(error.code) : grpcCodes.internal;
}
