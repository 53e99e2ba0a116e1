import type { Clock } from '@flotilla/base';
import type { FastifyInstance } from 'fastify';
import type { ClientService } from '../client-service.js';

/** How long a member may take to reach its quorum and still count as healthy: etcd's request timeout. */
const healthTimeoutMs = 5_000;

/** etcd's /health: true when a quorum answers; with `?serializable=true`, when this member alone does. */
export function registerHealth(app: FastifyInstance, service: ClientService, clock: Clock): void {
  app.get<{ Querystring: { serializable?: string } }>('/health', async (request, reply) => {
    const reason = request.query.serializable === 'true' ? undefined : await quorumProblem(service, clock);
    if (reason === undefined) return reply.send({ health: 'true', reason: '' });
    return reply.code(503).send({ health: 'false', reason });
  });
}

async function quorumProblem(service: ClientService, clock: Clock): Promise<string | undefined> {
  if (service.member.status().leader === 0n) return 'RAFT NO LEADER';
  const abort = new AbortController();
  const cancel = clock.after(healthTimeoutMs, () => abort.abort(new Error('timed out')));
  try {
    await service.member.linearizable(abort.signal);
    return undefined;
  } catch (error) {
    return `QGET ERROR:${error instanceof Error ? error.message : String(error)}`;
  } finally {
    cancel();
  }
}
