import {
  applySchemaDefaults,
  type CustomResourceDefinitionVersion,
  cloneJson,
  dropForbiddenNulls,
  equalJson,
  type KubernetesObject,
  type LocalConversion,
  pruneObject,
  schemaOf,
} from '@flotilla/api';

/**
 * conversion.strategy None: only the apiVersion differs. What is read is pruned and defaulted as the version's schema now is, which
 * may be another than when the object was written.
 */
export function noneConversion(
  group: string,
  version: CustomResourceDefinitionVersion,
  storage: CustomResourceDefinitionVersion,
): LocalConversion {
  const schema = schemaOf(version);
  return {
    toStorage: (object) => ({ ...object, apiVersion: `${group}/${storage.name}` }),
    fromStorage(object) {
      const converted = { ...cloneJson(object), apiVersion: `${group}/${version.name}` };
      const members: Record<string, unknown> = converted;
      pruneObject(members, schema);
      dropForbiddenNulls(members, schema);
      applySchemaDefaults(members, schema);
      return equalJson(converted, object) ? object : (converted as KubernetesObject); // metadata is never pruned
    },
  };
}
