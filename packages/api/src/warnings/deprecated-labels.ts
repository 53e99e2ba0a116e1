import { renamedNodeLabels } from '../values/node-labels.js';

/** Labels that mean nothing any more or go by another name, each with what Kubernetes says of it. */
const deprecatedLabels: ReadonlyMap<string, string> = new Map([
  ...[...renamedNodeLabels].map(([old, { name, since }]) => [old, `deprecated since ${since}; use "${name}" instead`] as const),
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  ['scheduler.alpha.kubernetes.io/preferAvoidPods', 'deprecated since v1.22; use Taints and Tolerations instead'],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** @param text makes the warning of what is to be said of the label */
export function warnOfLabel(label: string, text: (message: string) => string): string[] {
  const message = deprecatedLabels.get(label);
  return message === undefined ? [] : [text(message)];
}
