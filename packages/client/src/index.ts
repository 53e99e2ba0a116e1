export { ApiClient, type ApiClientOptions } from './api-client.js';
export { ConnectionError } from './connection-error.js';
export { type Discovery, discover, type ServedResource } from './discovery.js';
export { byNamespace, byNodeName, byOwnerUid, namespaceIndex, nodeNameIndex, ownerUidIndex } from './indexes.js';
export { Informer, type InformerHandler, type InformerOptions } from './informer.js';
export { InformerFactory } from './informer-factory.js';
export { type ConnectionConfig, KubeconfigError, loadKubeconfig } from './kubeconfig.js';
export { type IndexFunction, type ObjectReader, ObjectStore } from './object-store.js';
export {
  type CallOptions,
  type DeleteOptions,
  type GetOptions,
  type ListOptions,
  type PatchOptions,
  type PatchType,
  ResourceClient,
  type ResourceList,
  type WriteOptions,
} from './resource-client.js';
export { joinKey, keyOf, type ResourceNames, type ResourceType, resourcePath, splitKey } from './resource-type.js';
export type { Query, RawRequest, RawResponse } from './transport.js';
export type { WatchEvent, WatchOptions } from './watch.js';
