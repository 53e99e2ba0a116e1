import type { AuditEvent } from './event.js';

/**
 * An event that is not too large: without the objects that were sent and answered, if need be.
 * @param bytesMax of its JSON and a line feed
 * @returns undefined when it is too large without them too
 */
export function truncated(event: AuditEvent, bytesMax: number): AuditEvent | undefined {
  if (sizeOf(event) <= bytesMax) return event;
  if (event.level !== 'Request' && event.level !== 'RequestResponse') return undefined;
  const { requestObject: _request, responseObject: _response, ...rest } = event;
  const smaller = { ...rest, annotations: { ...event.annotations, 'audit.k8s.io/truncated': 'true' } };
  return sizeOf(smaller) <= bytesMax ? smaller : undefined;
}

function sizeOf(event: AuditEvent): number {
  return Buffer.byteLength(JSON.stringify(event)) + 1;
}
