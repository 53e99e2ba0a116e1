import type { StreamOperation } from './call.js';
import { renewLease } from './operations.js';

/** Renews a lease for each message, and answers in the order of the messages. */
export const leaseKeepAlive: StreamOperation = (call, sink) => {
  let last: Promise<void> = Promise.resolve();
  let failed = false;
  return {
    request(message) {
      const renewed = Promise.resolve(renewLease(call, message));
      renewed.catch(() => {}); // told below, in its turn
      last = last.then(async () => {
        if (!failed) sink.send(await renewed);
      });
      last = last.catch((error: unknown) => {
        failed = true;
        sink.fail(error);
      });
    },
    drained() {},
    requestsEnded() {
      last.then(() => sink.end());
    },
    close() {
      failed = true;
    },
  };
};
