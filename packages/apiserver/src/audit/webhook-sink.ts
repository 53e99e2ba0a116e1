import { sleep } from '@flotilla/base';
import { readRemoteServer } from '../webhooks/kubeconfig.js';
import type { AuditSink, AuditTools } from './audit.js';
import { Batches } from './batches.js';
import type { AuditFlags } from './flags.js';
import { AuditWebhook } from './webhook.js';

/** How long events that wait may take to arrive when the server stops. */
const closeTimeoutMs = 5_000;

/** `--audit-webhook-…`: events are sent in batches, and never waited for. @throws ConfigError */
export function openWebhookSink(configFile: string, flags: AuditFlags, tools: AuditTools): AuditSink {
  const { clock, random, lost } = tools;
  const server = readRemoteServer(configFile);
  const webhook = new AuditWebhook({ server, initialBackoffMs: flags.auditWebhookInitialBackoff, clock, random });
  const limits = {
    bufferSize: flags.auditWebhookBatchBufferSize,
    batchMax: flags.auditWebhookBatchMaxSize,
    waitMaxMs: flags.auditWebhookBatchMaxWait,
    throttle: flags.auditWebhookBatchThrottleEnable
      ? { perSecond: flags.auditWebhookBatchThrottleQps, burst: flags.auditWebhookBatchThrottleBurst }
      : undefined,
  };
  const batches = new Batches(limits, clock, (events) =>
    webhook.send(events).catch((error: unknown) => lost('webhook', events.length, error)),
  );
  return {
    write(event) {
      // As text at once: what it tells of may change before it is sent.
      if (!batches.add(JSON.stringify(event))) lost('buffered', 1, new Error('audit buffer queue blocked'));
    },
    async close() {
      const closing = batches.close();
      webhook.hurry();
      const enough = new AbortController();
      await Promise.race([closing, sleep(clock, closeTimeoutMs, enough.signal).catch(() => undefined)]);
      enough.abort();
      await webhook.close();
    },
  };
}
