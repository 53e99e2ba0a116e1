import {
  type Binding,
  cloneJson,
  type Draft,
  fieldErrorsText,
  type KubernetesObject,
  type Mutable,
  notSupported,
  type Pod,
  required,
  StatusError,
  statusErrors,
  timeText,
} from '@flotilla/api';
import { admissionRequest } from '../../registry/admission-request.js';
import { createdStatus } from '../../registry/answers.js';
import { decodeBody, fitToTarget } from '../../registry/decode-body.js';
import { writeOptionsObject } from '../../registry/options-object.js';
import { writeLoop } from '../../registry/write-loop.js';
import { checkName, handler } from '../subresource.js';

const bindingDefinition = { group: '', version: 'v1', kind: 'Binding', model: 'Binding' } as const;

/** `pods/<name>/binding`: how a scheduler gives a pod its node. It succeeds at most once in a pod's life. */
export const binding = handler({
  async create(context, definition, request) {
    const { options, name = '' } = request;
    const decoded = decodeBody(bindingDefinition, request.body, options.fieldValidation, request.bodyProblems);
    fitToTarget(decoded.object, definition, { namespace: request.namespace });
    const wanted = decoded.object as Draft<Binding>; // just decoded as one
    const admitted = admissionRequest(definition, request, {
      operation: 'CREATE',
      kind: bindingDefinition,
      object: decoded.object,
      old: undefined,
      dryRun: options.dryRun,
      options: writeOptionsObject('CreateOptions', options),
    });
    await context.admission.mutate(admitted);
    checkName(decoded.object, 'Binding', name);
    checkBinding(wanted);
    await context.admission.validate(admitted);
    await writeLoop(context, definition, { namespace: request.namespace, name }, options.dryRun, async (old) => {
      const pod = bound(old as Pod, wanted, timeText(context.clock.wallMs()), (why) =>
        statusErrors.conflict({ group: '', resource: 'pods/binding' }, name, why),
      );
      return { write: pod };
    });
    return createdStatus();
  },
});

/** Kubernetes answers what is wrong with a binding as it stands. */
function checkBinding({ target }: Draft<Binding>): void {
  const errors = [
    ...(target?.kind === undefined || target.kind === '' || target.kind === 'Node'
      ? []
      : [notSupported('target.kind', target.kind, ['Node', '<empty>'])]),
    ...(target?.name === undefined || target.name === '' ? [required('target.name')] : []),
  ];
  if (errors.length > 0) throw new StatusError(500, '', fieldErrorsText(errors));
}

function bound(pod: Pod, { target, metadata }: Draft<Binding>, now: string, conflict: (why: string) => Error): KubernetesObject {
  const { name = '', uid = '', resourceVersion = '' } = pod.metadata;
  const wantedUid = metadata?.uid ?? '';
  if (wantedUid !== '' && wantedUid !== uid) {
    throw conflict(`Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid}`);
  }
  const wantedVersion = metadata?.resourceVersion ?? '';
  if (wantedVersion !== '' && wantedVersion !== resourceVersion) {
    throw conflict(
      `Precondition failed: ResourceVersion in precondition: ${wantedVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) throw conflict(`pod ${name} is being deleted, cannot be assigned to a host`);
  const { nodeName = '' } = pod.spec;
  if (nodeName !== '') throw conflict(`pod ${name} is already assigned to node "${nodeName}"`);
  if ((pod.spec.schedulingGates ?? []).length > 0) throw conflict(`pod ${name} has non-empty .spec.schedulingGates`);
  const draft: Mutable<Pod> = cloneJson(pod);
  draft.spec.nodeName = target?.name ?? '';
  const added = metadata?.annotations as Record<string, string> | undefined; // just decoded
  if (added !== undefined) draft.metadata.annotations = { ...draft.metadata.annotations, ...added };
  const conditions = (draft.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  conditions.push({ type: 'PodScheduled', status: 'True', lastTransitionTime: now });
  draft.status = { ...draft.status, conditions };
  return draft;
}
