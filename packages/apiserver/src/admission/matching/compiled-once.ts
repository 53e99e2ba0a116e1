import type { KubernetesObject } from '@flotilla/api';
import { compiledObjectsMax } from '../../limits.js';

/**
 * What is compiled of objects, once for each of their versions. It goes by their uid: what a watch cache has decoded it may
 * forget at any time, and decode anew.
 */
export class CompiledOnce<Compiled> {
  readonly #compile: (object: KubernetesObject) => Compiled;
  readonly #byUid = new Map<string, { readonly resourceVersion: string; readonly compiled: Compiled }>();

  constructor(compile: (object: KubernetesObject) => Compiled) {
    this.#compile = compile;
  }

  /** @param object as it was stored */
  of(object: KubernetesObject): Compiled {
    const { uid = '', resourceVersion = '' } = object.metadata;
    const known = this.#byUid.get(uid);
    if (known?.resourceVersion === resourceVersion) return known.compiled;
    const compiled = this.#compile(object);
    this.#byUid.delete(uid); // so that it counts as the newest
    this.#byUid.set(uid, { resourceVersion, compiled });
    if (this.#byUid.size > compiledObjectsMax) {
      const [oldest = ''] = this.#byUid.keys();
      this.#byUid.delete(oldest);
    }
    return compiled;
  }
}
