import { type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import type { HTTPGetAction, LifecycleHandler, Probe, SleepAction } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isEmpty, nonNegative, portNumber, problemsOf } from '../validation/check.js';
import { httpHeaderNameProblems } from '../validation/names.js';
import { validatePortReference } from './validate-ports.js';

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const;
const schemes = ['HTTP', 'HTTPS'];

/** @param kind one success must be enough for liveness and start-up; unreadiness ends nothing, so that it needs no grace */
export function validateProbe(
  probe: Draft<Probe> | undefined,
  kind: 'livenessProbe' | 'readinessProbe' | 'startupProbe',
  at: string,
): FieldError[] {
  if (probe === undefined) return [];
  const field = `${at}.${kind}`;
  const { terminationGracePeriodSeconds: grace, successThreshold = 0 } = probe;
  const errors = [
    ...validateHandler(probe, field, undefined),
    ...counts.flatMap((name) => nonNegative(`${field}.${name}`, probe[name])),
  ];
  const graceField = `${field}.terminationGracePeriodSeconds`;
  if (grace !== undefined && grace <= 0) errors.push(invalid(graceField, grace, 'must be greater than 0'));
  if (kind !== 'readinessProbe') {
    return successThreshold === 1 ? errors : [...errors, invalid(`${field}.successThreshold`, successThreshold, 'must be 1')];
  }
  return grace === undefined ? errors : [...errors, invalid(graceField, grace, 'must not be set for readinessProbes')];
}

type Handler = Draft<LifecycleHandler> & Pick<Draft<Probe>, 'grpc'>;

/**
 * Of the ways to ask or tell a container something, exactly one.
 * @param graceSeconds what a sleep must fit into
 */
export function validateHandler(handler: Handler, field: string, graceSeconds: number | undefined): FieldError[] {
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((name) => handler[name] !== undefined);
  const [first, ...others] = given;
  if (first === undefined) return [required(field, 'must specify a handler type')];
  return [
    ...validateAction(handler, first, `${field}.${first}`, graceSeconds),
    ...others.map((name) => forbidden(`${field}.${name}`, 'may not specify more than 1 handler type')),
  ];
}

function validateAction(
  { exec, httpGet = {}, tcpSocket, grpc, sleep = {} }: Handler,
  name: keyof Handler,
  at: string,
  graceSeconds: number | undefined,
): FieldError[] {
  switch (name) {
    case 'exec':
      return (exec?.command ?? []).length === 0 ? [required(`${at}.command`)] : [];
    case 'httpGet':
      return validateHttpGet(httpGet, at);
    case 'tcpSocket':
      return validatePortReference(tcpSocket?.port, `${at}.port`);
    case 'grpc':
      return portNumber(`${at}.port`, grpc?.port ?? 0);
    case 'sleep':
      return validateSleep(sleep, at, graceSeconds);
  }
}

function validateHttpGet({ path, port, scheme = '', httpHeaders = [] }: Draft<HTTPGetAction>, at: string): FieldError[] {
  return [
    ...(isEmpty(path) ? [required(`${at}.path`)] : []),
    ...validatePortReference(port, `${at}.port`),
    ...(schemes.includes(scheme) ? [] : [notSupported(`${at}.scheme`, scheme, schemes)]),
    ...httpHeaders.flatMap(({ name = '' }) => problemsOf(`${at}.httpHeaders`, name, httpHeaderNameProblems(name))),
  ];
}

function validateSleep({ seconds = 0 }: Draft<SleepAction>, at: string, graceSeconds: number | undefined): FieldError[] {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  return [invalid(at, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`)];
}
