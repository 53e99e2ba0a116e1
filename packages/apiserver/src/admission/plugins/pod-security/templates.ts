import type { PodParts } from '@flotilla/api';

interface Templated {
  readonly template?: PodParts;
  readonly spec?: {
    readonly template?: PodParts;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodParts } };
  };
}

/** Where kinds keep the template of their pods, by storage path. */
const templateOf: Readonly<Record<string, (object: Templated) => PodParts | undefined>> = {
  controllers: ({ spec }) => spec?.template,
  podtemplates: ({ template }) => template,
  replicasets: ({ spec }) => spec?.template,
  deployments: ({ spec }) => spec?.template,
  statefulsets: ({ spec }) => spec?.template,
  daemonsets: ({ spec }) => spec?.template,
  jobs: ({ spec }) => spec?.template,
  cronjobs: ({ spec }) => spec?.jobTemplate?.spec?.template,
};

export const templateHolders: ReadonlySet<string> = new Set(Object.keys(templateOf));

/** The pod, or the template, that an object of this kind consists of or holds. */
export function podPartsOf(storagePath: string, object: object | undefined): PodParts | undefined {
  if (object === undefined) return undefined;
  return storagePath === 'pods' ? (object as PodParts) : templateOf[storagePath]?.(object as Templated); // by their definition
}
