import type { Container, ContainerPort, PodSpec, PodStatus, PodTemplateSpec, Probe } from '../generated/types.js';
import { cloneJson } from '../json.js';
import type { Draft } from '../objects.js';
import { defaultPodResources } from './default-pod-resources.js';
import { defaultReferences, defaultVolume } from './default-volume.js';
import { dropDisabledFields, dropOldAnnotations } from './drop-disabled.js';
import { isLatest } from './image-tag.js';
import { roundPodAmounts } from './round-amounts.js';
import { containersOf } from './visit-containers.js';

/** What a pod's spec has unless it says otherwise; pod templates get it too. */
export function defaultPodSpec(spec: Draft<PodSpec>): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  mirrorServiceAccount(spec);
  for (const container of containersOf(spec)) defaultContainer(container);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  dropDisabledFields(spec);
  roundPodAmounts(spec);
}

export function defaultPodTemplate(template: Draft<PodTemplateSpec> | undefined): void {
  if (template === undefined) return;
  template.metadata ??= {};
  dropOldAnnotations(template.metadata);
  template.spec ??= {};
  defaultPodSpec(template.spec);
}

/** What only real pods get: a template keeps quiet about it, so that old templates do not change. */
export function defaultPod(spec: Draft<PodSpec>): void {
  spec.enableServiceLinks ??= true;
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  for (const { resources, ports = [] } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
    if (spec.hostNetwork === true) for (const port of ports) defaultHostPort(port);
  }
  defaultPodResources(spec);
}

/** The spec of a pod that was stored some time ago, by the defaults of today. */
export function withPodDefaults(stored: PodSpec): PodSpec {
  const spec: Draft<PodSpec> = cloneJson(stored);
  defaultPodSpec(spec);
  defaultPod(spec);
  return spec as PodSpec; // defaults take nothing away that must be there
}

/** The first address stands in two places: who gives only one of them means both, and the older one counts. */
export function defaultPodAddresses(status: Draft<PodStatus>): void {
  const { podIP = '', podIPs = [] } = status;
  const { ip: first = '' } = podIPs[0] ?? {};
  if (podIP !== '' && first !== podIP) status.podIPs = [{ ip: podIP }];
  else if (first !== '') status.podIP = first;
}

/** The old name of the member is still read by many clients. */
function mirrorServiceAccount(spec: Draft<PodSpec>): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (name === undefined || name === '') return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function defaultContainer(container: Draft<Container>): void {
  container.imagePullPolicy ||= isLatest(container.image ?? '') ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) if (valueFrom !== undefined) defaultReferences(valueFrom);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe !== undefined) defaultProbe(probe);
  }
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) defaultHttpGet(handler?.httpGet);
}

/** On the network of its node a container's ports are the node's. */
function defaultHostPort(port: Draft<ContainerPort>): void {
  if ((port.containerPort ?? 0) !== 0) port.hostPort ??= port.containerPort;
}

function defaultProbe(probe: Draft<Probe>): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

function defaultHttpGet(action: Draft<Probe>['httpGet']): void {
  if (action === undefined) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}
