import { fileURLToPath } from 'node:url';

const protoFile = (name: string): string => fileURLToPath(new URL(`../../proto/${name}.proto`, import.meta.url));

/** Where the definitions of the etcd v3 API lie that this store serves and this package's etcd driver speaks. */
export const etcdProtoFiles: string[] = ['etcd', 'lock', 'election', 'health'].map(protoFile);
