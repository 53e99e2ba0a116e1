import type { BackendStats, Stats } from './stats.js';

/** The page for people: one table, reloaded by the browser every five seconds. */
export function renderPage(stats: Stats): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Load balancer</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse } th, td { padding: .4rem .8rem; border-bottom: 1px solid #ddd; text-align: left }
td.n { text-align: right; font-variant-numeric: tabular-nums } .up { color: #18794e } .down { color: #c62a2f } .unknown { color: #767676 }
</style></head><body>
<h1>Load balancer</h1>
<p>${stats.active} connections open, ${stats.accepted} accepted, ${stats.refused} refused at the limit, ${stats.unserved} without a backend.</p>
<table><thead><tr><th>Backend</th><th>State</th><th>Since</th><th>Last check</th><th>Check ms</th><th>Open</th><th>Total</th>
<th>Connect failures</th><th>Bytes in</th><th>Bytes out</th></tr></thead><tbody>
${stats.backends.map(renderRow).join('\n')}
</tbody></table>
<p><a href="/stats.json">stats.json</a> · <a href="/metrics">metrics</a> · <a href="/healthz">healthz</a></p>
</body></html>
`;
}

function renderRow(backend: BackendStats): string {
  const numbers = [
    backend.active,
    backend.connections,
    backend.connectFailures,
    backend.bytesFromClients,
    backend.bytesFromBackend,
  ];
  return `<tr><td>${escapeHtml(backend.address)}</td><td class="${backend.state}">${backend.state}</td><td>${backend.since}</td><td>${escapeHtml(
    backend.lastCheck,
  )}</td><td class="n">${backend.checkMs}</td>${numbers.map((value) => `<td class="n">${value}</td>`).join('')}</tr>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
