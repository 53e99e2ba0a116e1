import { type GroupResource, groupResourceText } from '../objects.js';
import { isHugePages, isNative } from '../validation/resource-names.js';

const ofPods: ReadonlySet<string> = new Set([
  'pods',
  ...['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
const ofServices: ReadonlySet<string> = new Set(['services', 'services.nodeports', 'services.loadbalancers']);
const ofClaims: ReadonlySet<string> = new Set(['persistentvolumeclaims', 'requests.storage']);
/** Kinds that quotas counted before `count/…` could name any. */
const countedByName: ReadonlySet<string> = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** `gold.storageclass.storage.k8s.io/requests.storage`: of the claims of one storage class. */
export const storageClassSuffix = '.storageclass.storage.k8s.io/';

/** `count/deployments.apps` */
export function countName(resource: GroupResource): string {
  return `count/${groupResourceText(resource)}`;
}

/** Which of a quota's names are about objects of this resource. */
export function quotaNamesOf(resource: GroupResource, names: readonly string[]): readonly string[] {
  const count = countName(resource);
  const tracks = resource.group === '' ? coreTracks(resource.resource) : undefined;
  return names.filter((name) => name === count || tracks?.(name) === true);
}

function coreTracks(plural: string): ((name: string) => boolean) | undefined {
  if (plural === 'pods') return (name) => ofPods.has(name) || isHugePages(name) || isRequestOfPods(name);
  if (plural === 'services') return (name) => ofServices.has(name);
  if (plural === 'persistentvolumeclaims') return (name) => ofClaims.has(name) || isOfStorageClass(name);
  return countedByName.has(plural) ? (name) => name === plural : undefined;
}

/** Devices and huge pages cannot be overcommitted, so that quotas know only requests of them. */
function isRequestOfPods(name: string): boolean {
  return name.startsWith('requests.hugepages-') || (name.startsWith('requests.') && !isNative(name));
}

function isOfStorageClass(name: string): boolean {
  return [...ofClaims].some((what) => name.endsWith(`${storageClassSuffix}${what}`));
}
