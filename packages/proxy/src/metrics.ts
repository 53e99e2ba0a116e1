import type { Metrics } from '@flotilla/process';
import { Gauge } from 'prom-client';

/** Values are read at scrape time. */
export function registerMetrics(
  metrics: Metrics,
  proxier: { readonly stats: { readonly rules: number; readonly failed: number } },
  claim: { readonly held: boolean },
): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [metrics.registry],
      collect() {
        this.set(value());
      },
    });
  gauge('kubeproxy_sync_proxy_rules_total', 'Rules of the last pass.', () => proxier.stats.rules);
  gauge('kubeproxy_sync_proxy_rules_failed', 'Rules of the last pass that could not be applied.', () => proxier.stats.failed);
  gauge('kubeproxy_serves_service_range', '1 when this process serves the service range of its host.', () =>
    claim.held ? 1 : 0,
  );
}
