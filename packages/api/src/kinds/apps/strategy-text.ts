import { goStruct } from '../go-struct.js';

interface Strategy {
  readonly type?: string | undefined;
  readonly rollingUpdate?: object | undefined;
}

/** A strategy as errors print it. @param zeros the members of its rolling update */
export function strategyText({ type = '', rollingUpdate }: Strategy, zeros: Readonly<Record<string, unknown>>): object {
  return { Type: type, RollingUpdate: rollingUpdate === undefined ? null : goStruct(rollingUpdate, zeros) };
}

/** Of a DaemonSet and of a Deployment. */
export const surgeZeros = { MaxUnavailable: 0, MaxSurge: 0 };
/** Of a StatefulSet. */
export const partitionZeros = { Partition: 0, MaxUnavailable: null };
