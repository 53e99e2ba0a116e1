/** Where volumes and claims named their class before there was a field. */
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

interface HasClass {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string | undefined>> | undefined } | undefined;
  readonly spec?: { readonly storageClassName?: string | undefined } | undefined;
}

/** The class of a volume or claim, empty for none: the annotation of old comes before the field that replaced it. */
export function storageClassOf({ metadata, spec }: HasClass): string {
  return metadata?.annotations?.[classAnnotation] ?? spec?.storageClassName ?? '';
}
