import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { type FieldError, forbidden, notSupported, required, tooLong } from '../../errors/field-error.js';
import type { IngressClass, IngressClassParametersReference } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { validateDomainPrefixedPath } from '../../validation/domain-prefixed-path.js';
import { dns1123LabelProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';
import { validateLocalReference } from './local-reference.js';

const controllerMax = 250;
const scopes = ['Cluster', 'Namespace'];

export const ingressClasses = define<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  generation: true,
  columns: [
    nameColumn,
    textColumn('Controller', 'Who serves ingresses of this class.', ({ spec }) => spec.controller ?? ''),
    textColumn('Parameters', 'An object that says more.', ({ spec: { parameters } }) =>
      parameters === undefined
        ? '<none>'
        : `${parameters.kind}${parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`}/${parameters.name}`,
    ),
    ageColumn,
  ],

  defaults(draft) {
    const parameters = draft.spec?.parameters;
    if (parameters !== undefined) parameters.scope ??= 'Cluster';
  },

  validate: ({ spec = {} }) => [...validateController(spec.controller), ...validateParameters(spec.parameters)],
  validateUpdate: ({ spec }, old) => immutable('spec.controller', spec?.controller, old.spec.controller),
});

function validateController(controller = ''): FieldError[] {
  const at = 'spec.controller';
  const long = controller.length > controllerMax ? [tooLong(at, controllerMax)] : [];
  return [...long, ...validateDomainPrefixedPath(at, controller)];
}

function validateParameters(parameters: Draft<IngressClassParametersReference> | undefined): FieldError[] {
  if (parameters === undefined) return [];
  const at = 'spec.parameters';
  const { scope = '', namespace } = parameters;
  const errors = validateLocalReference(parameters, at);
  if (!scopes.includes(scope)) return [...errors, notSupported(`${at}.scope`, scope, scopes)];
  if (scope === 'Namespace') {
    if (namespace === undefined) errors.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    else errors.push(...problemsOf(`${at}.namespace`, namespace, dns1123LabelProblems(namespace)));
  } else if (namespace !== undefined) {
    errors.push(forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  }
  return errors;
}
