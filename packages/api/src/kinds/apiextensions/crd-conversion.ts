import { type FieldError, forbidden, invalid, required } from '../../errors/field-error.js';
import type { CustomResourceConversion } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { oneOf } from '../../validation/check.js';
import { dns1035LabelProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';

const reviewVersions = ['v1', 'v1beta1'];

export function checkConversion(path: string, conversion: Draft<CustomResourceConversion> | undefined): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy, webhook } = conversion;
  const errors = oneOf(`${path}.strategy`, strategy, ['None', 'Webhook']);
  if (strategy === 'Webhook') return [...errors, ...checkWebhook(path, webhook)];
  if (webhook?.clientConfig !== undefined) {
    errors.push(forbidden(`${path}.webhookClientConfig`, 'should not be set when strategy is not set to Webhook'));
  }
  if ((webhook?.conversionReviewVersions ?? []).length > 0) {
    errors.push(forbidden(`${path}.conversionReviewVersions`, 'should not be set when strategy is not set to Webhook'));
  }
  return errors;
}

function checkWebhook(path: string, webhook: Draft<CustomResourceConversion>['webhook']): FieldError[] {
  const config = `${path}.webhookClientConfig`;
  const client = webhook?.clientConfig;
  const errors: FieldError[] = [];
  if (client === undefined) errors.push(required(config, 'required when strategy is set to Webhook'));
  else if ((client.url === undefined) === (client.service === undefined)) {
    errors.push(required(config, 'exactly one of url or service is required'));
  } else if (client.url !== undefined) errors.push(...checkUrl(`${config}.url`, client.url));
  else if (client.service !== undefined) errors.push(...checkService(`${config}.service`, client.service));
  return [...errors, ...checkReviewVersions(`${path}.conversionReviewVersions`, webhook?.conversionReviewVersions ?? [])];
}

function checkUrl(field: string, text: string): FieldError[] {
  const [, scheme = '', user = '', host = '', query = '', fragment = ''] =
    /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/(?:([^/@?#]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/i.exec(text) ?? [];
  const form = '; desired format: https://host[/path]';
  const errors: FieldError[] = [];
  if (scheme !== 'https') errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${form}`));
  if (host === '') errors.push(invalid(field, host, `host must be specified${form}`));
  if (user !== '') errors.push(invalid(field, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(invalid(field, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(invalid(field, query, 'query parameters are not permitted in the URL'));
  return errors;
}

function checkService(
  path: string,
  {
    name = '',
    namespace = '',
    port = 443,
    path: under,
  }: { name?: string | undefined; namespace?: string | undefined; port?: number | undefined; path?: string | undefined },
): FieldError[] {
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${path}.name`, 'service name is required'));
  if (namespace === '') errors.push(required(`${path}.namespace`, 'service namespace is required'));
  if (port < 1 || port > 65_535)
    errors.push(invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  if (under !== undefined && under !== '' && !under.startsWith('/')) {
    errors.push(invalid(`${path}.path`, under, "must start with a '/'"));
  }
  return errors;
}

function checkReviewVersions(path: string, versions: readonly string[]): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const repeats = repeated(versions);
  const errors = versions.flatMap((version, index) => {
    if (repeats.has(index)) return [invalid(`${path}[${index}]`, version, 'duplicate version')];
    return dns1035LabelProblems(version).map((problem) => invalid(`${path}[${index}]`, version, problem));
  });
  if (versions.some((version) => reviewVersions.includes(version))) return errors;
  return [...errors, invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}
