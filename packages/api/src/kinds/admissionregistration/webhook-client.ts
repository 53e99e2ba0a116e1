import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type {
  AdmissionregistrationV1ServiceReference,
  AdmissionregistrationV1WebhookClientConfig,
} from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { isEmpty, portNumberProblem } from '../../validation/check.js';
import { dns1123SubdomainProblems } from '../../validation/names.js';

const form = '; desired format: https://host[/path]';

/** Where a webhook is called: by URL, or as a service of the cluster. */
export function validateWebhookClient(
  client: Draft<AdmissionregistrationV1WebhookClientConfig> | undefined,
  field: string,
): FieldError[] {
  const { url, service } = client ?? {};
  if (service !== undefined && url === undefined) return validateWebhookService(service, `${field}.service`);
  if (url !== undefined && service === undefined) return validateWebhookUrl(url, `${field}.url`);
  return [required(field, 'exactly one of url or service is required')];
}

function validateWebhookUrl(url: string, field: string): FieldError[] {
  const parts = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^@/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(url);
  const [, scheme = '', user, host = '', , query = '', fragment = ''] = parts ?? [];
  const errors: FieldError[] = [];
  if (scheme.toLowerCase() !== 'https') errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${form}`));
  if (host === '') errors.push(invalid(field, host, `host must be specified${form}`));
  if (user !== undefined) errors.push(invalid(field, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(invalid(field, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(invalid(field, query, 'query parameters are not permitted in the URL'));
  return errors;
}

function validateWebhookService(service: Draft<AdmissionregistrationV1ServiceReference>, field: string): FieldError[] {
  const { name, namespace, port = 0, path } = service;
  const problem = portNumberProblem(port);
  return [
    ...(isEmpty(name) ? [required(`${field}.name`, 'service name is required')] : []),
    ...(isEmpty(namespace) ? [required(`${field}.namespace`, 'service namespace is required')] : []),
    ...(problem === undefined ? [] : [invalid(`${field}.port`, port, `port is not valid: ${problem}`)]),
    ...(path === undefined ? [] : validatePath(path, `${field}.path`)),
  ];
}

function validatePath(path: string, field: string): FieldError[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')];
  const segments = path.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(path.startsWith('/') ? [] : [invalid(field, path, "must start with a '/'")]),
    ...segments.flatMap((segment, index) => {
      const problems = segment === '' ? [' may not be empty'] : dns1123SubdomainProblems(segment).map((text) => `: ${text}`);
      return problems.map((text) => invalid(field, path, `segment[${index}]${text}`));
    }),
  ];
}
