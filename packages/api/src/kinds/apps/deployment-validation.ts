import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { Deployment, DeploymentStrategy } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { validateReplicaTemplate, validateSelector } from '../../pods/validate-template.js';
import { nonNegative } from '../../validation/check.js';
import { notAboveAll, percentOf, validateIntOrPercent } from '../../validation/int-or-percent.js';
import { validateCollisions, validateCounts, validateParts } from './replica-status.js';
import { surgeStrategyShape } from './strategy-shapes.js';

export function validateDeployment({ spec = {} }: Draft<Deployment>): FieldError[] {
  const { progressDeadlineSeconds, minReadySeconds = 0 } = spec;
  const errors = [
    ...nonNegative('spec.replicas', spec.replicas),
    ...validateSelector(spec.selector, 'deployment'),
    ...validateReplicaTemplate(spec.selector, spec.template, 'ReplicaSet'),
    ...validateStrategy(spec.strategy, 'spec.strategy'),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', progressDeadlineSeconds),
  ];
  if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
    errors.push(invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  }
  return errors;
}

function validateStrategy(strategy: Draft<DeploymentStrategy> | undefined, field: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy ?? {};
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return [];
    return [forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  }
  if (type !== 'RollingUpdate') {
    return [notSupported(field, goForm(strategy ?? {}, surgeStrategyShape), ['Recreate', 'RollingUpdate'])];
  }
  if (rollingUpdate === undefined) {
    return [required(`${field}.rollingUpdate`, 'this should be defaulted and never be nil')];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const at = `${field}.rollingUpdate`;
  const errors = [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
  ];
  if (percentOf(maxUnavailable) === 0 && percentOf(maxSurge) === 0) {
    errors.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return [...errors, ...notAboveAll(maxUnavailable, `${at}.maxUnavailable`)];
}

export function validateDeploymentStatus({ status }: Draft<Deployment>, old: Deployment): FieldError[] {
  const parts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];
  return [
    ...validateCounts(status, ['observedGeneration', 'replicas', ...parts, 'unavailableReplicas', 'collisionCount']),
    ...validateParts(status, parts),
    ...validateCollisions(status, old.status),
  ];
}
