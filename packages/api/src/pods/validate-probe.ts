import { type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import type { LifecycleHandler, Probe } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isEmpty, nonNegative, oneOf, portNumber } from '../validation/check.js';
import { validatePortReference } from './validate-ports.js';

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const;

/** @param success whether one success must be enough, as for liveness and start-up */
export function validateProbe(probe: Draft<Probe> | undefined, field: string, success: 'once' | 'any'): FieldError[] {
  if (probe === undefined) return [];
  const errors = [...validateHandler(probe, field), ...counts.flatMap((name) => nonNegative(`${field}.${name}`, probe[name]))];
  if (success === 'once' && (probe.successThreshold ?? 1) !== 1) {
    errors.push(invalid(`${field}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  return errors;
}

type Handler = Draft<LifecycleHandler> & Pick<Draft<Probe>, 'grpc'>;

/** Of the ways to ask or tell a container something, exactly one. */
export function validateHandler(handler: Handler, field: string): FieldError[] {
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((name) => handler[name] !== undefined);
  const [first, ...others] = given;
  if (first === undefined) return [required(field, 'must specify a handler type')];
  const errors: FieldError[] = others.map((name) => forbidden(`${field}.${name}`, 'may not specify more than 1 handler type'));
  const { exec, httpGet, tcpSocket, grpc } = handler;
  if (exec !== undefined && (exec.command ?? []).length === 0) errors.push(required(`${field}.exec.command`));
  if (httpGet !== undefined) {
    if (isEmpty(httpGet.path)) errors.push(required(`${field}.httpGet.path`));
    errors.push(...validatePortReference(httpGet.port, `${field}.httpGet.port`));
    errors.push(...oneOf(`${field}.httpGet.scheme`, httpGet.scheme, ['HTTP', 'HTTPS']));
  }
  if (tcpSocket !== undefined) errors.push(...validatePortReference(tcpSocket.port, `${field}.tcpSocket.port`));
  if (grpc !== undefined) errors.push(...portNumber(`${field}.grpc.port`, grpc.port ?? 0));
  return errors;
}
