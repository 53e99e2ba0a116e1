import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { metadataParts } from '../../definition.js';
import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { APIService } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { dns1035LabelProblems, dns1123SubdomainProblems, pathSegmentProblems } from '../../validation/names.js';
import { binaryTextOfBase64 } from '../../values/base64.js';
import { define, statusOf } from '../define.js';

const groupPriorityMax = 20_000;
const versionPriorityMax = 1_000;

export const apiServices = define<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  storagePath: 'apiregistration.k8s.io/apiservices',
  subresources: [statusOf('apiregistration.k8s.io', 'v1', 'APIService')],
  statusKeeps: metadataParts,
  allowUnconditionalUpdate: false,
  plainFinalizers: true,
  nameProblems: (name) => pathSegmentProblems(name),
  columns: [
    nameColumn,
    textColumn('Service', 'The service behind which the extension API server is, or Local.', ({ spec }) =>
      spec.service === undefined ? 'Local' : `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}`,
    ),
    textColumn('Available', 'Whether requests for this version can be served.', availability),
    ageColumn,
  ],
  defaults(draft) {
    if (draft.spec?.service !== undefined) draft.spec.service.port ??= 443;
  },
  validate: validateApiService,
  validateStatusUpdate: (draft) => validateStatus(draft),
});

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (condition === undefined) return 'Unknown';
  const { status: value, reason = '' } = condition;
  return value === 'True' || reason === '' ? value : `${value} (${reason})`;
}

function validateApiService(draft: Draft<APIService>): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0, service, caBundle = '' } = draft.spec ?? {};
  const { name = '' } = draft.metadata ?? {};
  const errors: FieldError[] = [];
  const wanted = `${version}.${group}`;
  if (name !== wanted) {
    errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`));
  }
  if (group === '' && version !== 'v1') {
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  }
  const groupProblems = group === '' ? [] : dns1123SubdomainProblems(group);
  errors.push(
    ...groupProblems.map((problem) => invalid('spec.group', group, problem)),
    ...dns1035LabelProblems(version).map((problem) => invalid('spec.version', version, problem)),
  );
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > groupPriorityMax) {
    const why = `must be positive and less than ${groupPriorityMax}`;
    errors.push(invalid('spec.groupPriorityMinimum', groupPriorityMinimum, why));
  }
  if (versionPriority <= 0 || versionPriority > versionPriorityMax) {
    errors.push(invalid('spec.versionPriority', versionPriority, `must be positive and less than ${versionPriorityMax}`));
  }
  const insecure = draft.spec?.insecureSkipTLSVerify === true;
  return [
    ...errors,
    ...(service === undefined ? validateLocal(caBundle, insecure) : validateService(service, caBundle, insecure)),
  ];
}

function validateLocal(caBundle: string, insecure: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const bytes = binaryTextOfBase64(caBundle).length;
  if (bytes > 0) errors.push(invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle'));
  if (insecure) {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
  }
  return errors;
}

function validateService(
  { namespace = '', name = '', port = 0 }: NonNullable<Draft<APIService>['spec']>['service'] & object,
  caBundle: string,
  insecure: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (namespace === '') errors.push(required('spec.service.namespace'));
  if (name === '') errors.push(required('spec.service.name'));
  if (port < 1 || port > 65_535) {
    errors.push(invalid('spec.service.port', port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  if (insecure && caBundle !== '') {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
  return errors;
}

function validateStatus({ status }: Draft<APIService>): FieldError[] {
  const values = ['True', 'False', 'Unknown'];
  return (status?.conditions ?? []).flatMap((condition, index) =>
    values.includes(condition.status ?? '')
      ? []
      : [notSupported(`status.conditions[${index}].status`, condition.status ?? '', values)],
  );
}
