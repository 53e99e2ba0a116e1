import type { Definition } from '@flotilla/api';

/**
 * Where objects lie in the store, as etcd under Kubernetes has them:
 * `/registry/pods/default/web-1`, `/registry/namespaces/default`, `/registry/services/specs/default/web`.
 */
export class Keys {
  readonly #prefix: string;

  /** @param prefix `/registry`, from --etcd-prefix */
  constructor(prefix: string) {
    this.#prefix = `/${prefix.split('/').filter(Boolean).join('/')}/`;
  }

  /** Ends with a slash, so that `pods` does not cover `podtemplates`. */
  resource(storagePath: string): string {
    return `${this.#prefix}${storagePath}/`;
  }

  /** The prefix of the objects of one namespace, or of the whole resource. */
  collection(definition: Definition, namespace: string | undefined): string {
    const resource = this.resource(definition.storagePath);
    return definition.namespaced && namespace !== undefined ? `${resource}${namespace}/` : resource;
  }

  object(definition: Definition, namespace: string | undefined, name: string): string {
    return this.collection(definition, namespace) + name;
  }
}

export function keyBytes(key: string): Uint8Array {
  return Buffer.from(key, 'utf8');
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8');
}
