import type { DeleteOptions, WriteOptions } from './registry.js';

const apiVersion = 'meta.k8s.io/v1';

/** The options of a write in the form in which webhooks and policies see them. */
export function writeOptionsObject(kind: string, { dryRun, fieldManager, fieldValidation }: WriteOptions): object {
  return {
    kind,
    apiVersion,
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(fieldManager === '' ? {} : { fieldManager }),
    fieldValidation,
  };
}

export function deleteOptionsObject({ dryRun, gracePeriodSeconds, propagationPolicy, preconditions }: DeleteOptions): object {
  return {
    kind: 'DeleteOptions',
    apiVersion,
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
}
