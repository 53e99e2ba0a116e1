import { fileURLToPath } from 'node:url';

/** Where the definition of the etcd v3 API lies that this store serves and this package's etcd driver speaks. */
export const etcdProtoFile: string = fileURLToPath(new URL('../../proto/etcd.proto', import.meta.url));
