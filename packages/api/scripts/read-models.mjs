// Reads the stable (V1, V2) models as text: what fields, of what type and format, required or not, described how.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Client-node's prefixes tell groups apart; the owner of the plain name is the one that Kubernetes users mean by it. */
const plainNames = {
  CoreV1Event: 'Event',
  CoreV1EventList: 'EventList',
  CoreV1EventSeries: 'EventSeries',
  CoreV1EndpointPort: 'EndpointPort',
  RbacV1Subject: 'Subject',
  AuthenticationV1TokenRequest: 'TokenRequest',
  ResourceV1ResourceClaim: 'ResourceClaim',
  CoreV1ResourceClaim: 'ContainerResourceClaim',
};

/** Maps of quantities: the models have lost the name of their value type. */
const quantityMaps = new Set([
  'ResourceRequirements.limits',
  'ResourceRequirements.requests',
  'VolumeResourceRequirements.limits',
  'VolumeResourceRequirements.requests',
  'NodeStatus.capacity',
  'NodeStatus.allocatable',
  'ContainerStatus.allocatedResources',
  'PodStatus.allocatedResources',
  'Overhead.podFixed',
  'ResourceQuotaSpec.hard',
  'ResourceQuotaStatus.hard',
  'ResourceQuotaStatus.used',
  'LimitRangeItem.default',
  'LimitRangeItem.defaultRequest',
  'LimitRangeItem.max',
  'LimitRangeItem.maxLimitRequestRatio',
  'LimitRangeItem.min',
  'PersistentVolumeSpec.capacity',
  'PersistentVolumeClaimStatus.capacity',
  'PersistentVolumeClaimStatus.allocatedResources',
  'PodSpec.overhead',
]);

/** Single quantities whose description does not say so. */
const quantities = new Set([
  'CSIStorageCapacity.capacity',
  'CSIStorageCapacity.maximumVolumeSize',
  'EmptyDirVolumeSource.sizeLimit',
  'ResourceFieldSelector.divisor',
  'V2HPAScalingRules.tolerance',
  'V2MetricTarget.averageValue',
  'V2MetricTarget.value',
  'V2MetricValueStatus.averageValue',
  'V2MetricValueStatus.value',
]);

/** @returns {{name: string, description: string, fields: {name, type, required, description}[]}[]} sorted by name */
export function readModels(directory) {
  const names = readdirSync(directory)
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => file.slice(0, -'.d.ts'.length))
    .filter((name) => /^([A-Z][a-z]+)?V\d+[A-Z]/.test(name) || name === 'VersionInfo')
    .sort();
  return names.map((name) => readModel(directory, name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readModel(directory, modelName) {
  const script = readFileSync(join(directory, `${modelName}.js`), 'utf8');
  const declaration = readFileSync(join(directory, `${modelName}.d.ts`), 'utf8');
  const name = nameOf(modelName);
  const attributes = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(script);
  const documented = readDeclaration(declaration);
  const fields = JSON.parse(attributes?.[1] ?? '[]').map((attribute) => {
    const { required = false, description = '' } = documented.get(attribute.name) ?? {};
    return {
      name: attribute.baseName,
      type: typeOf(attribute, `${name}.${attribute.baseName}`, description),
      required,
      description,
    };
  });
  const description = /\/\*\*\n\* ([^\n]*)\n\*\/\nexport declare class/.exec(declaration)?.[1] ?? '';
  return { name, description: unescaped(description), fields };
}

function readDeclaration(text) {
  const fields = new Map();
  const pattern = /(?: {4}\/\*\*\n {4}\* ([^\n]*)\n {4}\*\/\n)? {4}'([^']+)'(\??): /g;
  for (const [, description, name, optional] of text.matchAll(pattern)) {
    fields.set(name, { required: optional === '', description: unescaped(description ?? '') });
  }
  return fields;
}

/** In the schema's own grammar: see src/schema/schema.ts. */
function typeOf({ type, format }, path, description) {
  const list = /^Array<(.*)>$/.exec(type);
  if (list) return `[]${typeOf({ type: list[1], format }, path, description)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return `{}${quantityMaps.has(path) ? 'quantity' : typeOf({ type: map[1], format }, path, description)}`;
  if (type === 'IntOrString') return 'int-or-string';
  if (type === 'Date' || type === 'V1MicroTime') return format === 'date-time-micro' ? 'micro-time' : 'time';
  if (type === 'any') return 'any';
  if (type === 'number') return format === 'int32' || format === 'int64' ? format : 'double';
  if (type === 'boolean') return 'boolean';
  if (type !== 'string') return `#${nameOf(type)}`;
  if (quantities.has(path) || /^(Quantity is a fixed-point|.*\bQuantity is a fixed-point)/.test(description)) return 'quantity';
  if (format === 'date-time') return 'time';
  return format === 'byte' ? 'bytes' : 'string';
}

function nameOf(modelName) {
  return plainNames[modelName] ?? modelName.replace(/^V1(?=[A-Z])/, '');
}

function unescaped(text) {
  return text.replace(/\\(['"])/g, '$1');
}
