import { readRemoteServer } from '../webhooks/kubeconfig.js';
import type { AuditTools } from './audit.js';
import type { AuditBackend } from './backend.js';
import type { AuditFlags } from './flags.js';
import { AuditWebhook } from './webhook.js';

/** `--audit-webhook-…` @throws ConfigError */
export function openWebhookBackend(configFile: string, flags: AuditFlags, { clock, random, lost }: AuditTools): AuditBackend {
  const server = readRemoteServer(configFile);
  const webhook = new AuditWebhook({ server, initialBackoffMs: flags.auditWebhookInitialBackoff, clock, random });
  return {
    encode: (event) => JSON.stringify(event),
    process: (events) =>
      webhook.send(events).then(
        () => true,
        (error: unknown) => {
          lost('webhook', events.length, error);
          return false;
        },
      ),
    hurry: () => webhook.hurry(),
    close: () => webhook.close(),
  };
}
