import type { Clock, Logger, Random } from '@flotilla/base';
import type { Authorizer } from '../../auth/authorizers/authorizer.js';
import type { WebhookClient } from '../../webhooks/webhook-client.js';
import type { AdmissionPlugin } from '../admission.js';
import type { AdmissionMetrics } from '../admission-metrics.js';
import { checkExpressions } from '../policies/check-expressions.js';
import { validatingPolicies } from '../policies/validating-policies.js';
import { mutatingWebhooks } from '../webhooks/mutating.js';
import { validatingWebhooks } from '../webhooks/validating.js';
import { certificateApproval } from './certificates/approval.js';
import { certificateConditionTimes } from './certificates/condition-times.js';
import { certificateRequester } from './certificates/requester.js';
import { certificateSignedRequest } from './certificates/signed-request.js';
import { certificateSigning } from './certificates/signing.js';
import { certificateSubjectRestriction } from './certificates/subject-restriction.js';
import { defaultIngressClass } from './default-ingress-class/index.js';
import { defaultStorageClass } from './default-storage-class/index.js';
import { defaultTolerationSeconds } from './default-toleration-seconds/index.js';
import { limitRanger } from './limit-ranger/index.js';
import { namespaceLifecycle } from './namespace-lifecycle/index.js';
import { nodeRestriction } from './node-restriction/index.js';
import { ownerReferencesPermissionEnforcement } from './owner-references/index.js';
import { podSecurity } from './pod-security/index.js';
import { priority } from './priority/index.js';
import { rbacEscalation } from './rbac-escalation/index.js';
import { resourceQuota } from './resource-quota/index.js';
import { runtimeClass } from './runtime-class/index.js';
import { serviceAccount } from './service-account/index.js';
import { storageObjectInUseProtection } from './storage-object-in-use/index.js';
import { taintNodesByCondition } from './taint-nodes-by-condition/index.js';
import { persistentVolumeClaimResize } from './volume-resize/index.js';

export interface PluginOptions {
  /** For plugins that ask whether the user may do something more than the request itself. */
  readonly authorizer: Authorizer;
  readonly defaultNotReadyTolerationSeconds: number;
  readonly defaultUnreachableTolerationSeconds: number;
  /** From --enable-admission-plugins and --disable-admission-plugins. */
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly webhooks: WebhookClient;
  /** Absent: nobody counts. */
  readonly admissionMetrics?: AdmissionMetrics | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** All plugins that there are, in kube-apiserver's order, which is the one in which they see a request. This is the list to add one to. */
function allPlugins(options: PluginOptions): readonly AdmissionPlugin[] {
  const { webhooks: client, authorizer: access, clock, random, log } = options;
  const webhooks = { client, access, clock, log, metrics: options.admissionMetrics };
  return [
    namespaceLifecycle(),
    limitRanger(),
    serviceAccount({ clock, random }),
    nodeRestriction(),
    taintNodesByCondition(),
    podSecurity(),
    priority(),
    defaultTolerationSeconds({
      notReady: options.defaultNotReadyTolerationSeconds,
      unreachable: options.defaultUnreachableTolerationSeconds,
    }),
    defaultStorageClass(),
    storageObjectInUseProtection(),
    ownerReferencesPermissionEnforcement(access),
    persistentVolumeClaimResize(),
    runtimeClass(),
    certificateApproval(access),
    certificateSigning(access),
    certificateSubjectRestriction(),
    defaultIngressClass(),
    mutatingWebhooks(webhooks),
    validatingPolicies(access),
    validatingWebhooks(webhooks),
    resourceQuota(clock),
  ];
}

/** Those that run unless --disable-admission-plugins says otherwise. NodeRestriction does not in Kubernetes; here kubelets are always held to it. */
const onByDefault: ReadonlySet<string> = new Set([
  'NamespaceLifecycle',
  'LimitRanger',
  'ServiceAccount',
  'NodeRestriction',
  'TaintNodesByCondition',
  'PodSecurity',
  'Priority',
  'DefaultTolerationSeconds',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'PersistentVolumeClaimResize',
  'RuntimeClass',
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
  'ResourceQuota',
]);

/**
 * The plugins that are switched on, in the order in which they see a request.
 * @throws RangeError for names that there are not, or that are in both lists, in kube-apiserver's words
 */
export function admissionPlugins(options: PluginOptions): readonly AdmissionPlugin[] {
  const { enableAdmissionPlugins: enabled, disableAdmissionPlugins: disabled } = options;
  const all = allPlugins(options);
  const names = new Set(all.map(({ name }) => name));
  const both = enabled.filter((name) => disabled.includes(name));
  if (both.length > 0) {
    throw new RangeError(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  }
  const check = (flag: string, list: readonly string[]) => {
    const unknown = list.find((name) => !names.has(name));
    if (unknown !== undefined) throw new RangeError(`${flag} plugin ${JSON.stringify(unknown)} is unknown`);
  };
  check('enable-admission-plugins', enabled);
  check('disable-admission-plugins', disabled);
  const chosen = all.filter(({ name }) => enabled.includes(name) || (onByDefault.has(name) && !disabled.includes(name)));
  // Not plugins to Kubernetes, which has them in its storage of these kinds: no flag turns them off.
  const certificates = [certificateRequester(), certificateSignedRequest(), certificateConditionTimes(options.clock)];
  return [...certificates, ...chosen, rbacEscalation(options.authorizer), checkExpressions()];
}
