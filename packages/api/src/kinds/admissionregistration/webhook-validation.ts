import { duplicate, type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { dns1035LabelProblems, fullyQualifiedNameProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';
import { validateMatchConditions } from './match-conditions.js';
import { failurePolicies, matchPolicies, validateRule } from './match-rules.js';
import { validateWebhookClient } from './webhook-client.js';

type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration;
type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;

/** Dry runs must be safe: a webhook that changes anything else tells so, or leaves it. */
const sideEffectClasses = ['None', 'NoneOnDryRun'];
const reviewVersions = ['v1', 'v1beta1'];
const reinvocationPolicies = ['IfNeeded', 'Never'];
const timeoutSecondsMax = 30;

export function validateWebhooks({ webhooks = [] }: Draft<Configuration>): FieldError[] {
  const names = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const at = `webhooks[${index}]`;
    const { name = '', admissionReviewVersions = [] } = webhook;
    const errors = [
      ...validateWebhook(webhook, at),
      ...validateReviewVersions(admissionReviewVersions, `${at}.admissionReviewVersions`),
    ];
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    return errors;
  });
}

function validateWebhook(webhook: Draft<Webhook>, at: string): FieldError[] {
  const { name = '', rules = [], timeoutSeconds: seconds, sideEffects, matchConditions = [] } = webhook;
  const tooLong = seconds !== undefined && (seconds < 1 || seconds > timeoutSecondsMax);
  return [
    ...(name === ''
      ? [required(`${at}.name`)]
      : fullyQualifiedNameProblems(name).map((problem) => invalid(`${at}.name`, name, problem))),
    ...rules.flatMap((rule, index) => validateRule(rule, `${at}.rules[${index}]`)),
    ...known(`${at}.failurePolicy`, webhook.failurePolicy, failurePolicies),
    ...known(`${at}.matchPolicy`, webhook.matchPolicy, matchPolicies),
    ...(sideEffects === undefined
      ? [required(`${at}.sideEffects`, `must specify one of ${sideEffectClasses.join(', ')}`)]
      : known(`${at}.sideEffects`, sideEffects, sideEffectClasses)),
    ...(tooLong
      ? [invalid(`${at}.timeoutSeconds`, seconds, `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`)]
      : []),
    ...validateLabelSelector(webhook.namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(webhook.objectSelector, `${at}.objectSelector`),
    ...known(`${at}.reinvocationPolicy`, webhook.reinvocationPolicy, reinvocationPolicies),
    ...validateWebhookClient(webhook.clientConfig, `${at}.clientConfig`),
    ...validateMatchConditions(matchConditions, `${at}.matchConditions`),
  ];
}

function known(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

function validateReviewVersions(versions: readonly string[], field: string): FieldError[] {
  if (versions.length === 0) return [required(field, `must specify one of ${reviewVersions.join(', ')}`)];
  const repeats = repeated(versions);
  const errors = versions.flatMap((version, index) => {
    const at = `${field}[${index}]`;
    if (repeats.has(index)) return [invalid(at, version, 'duplicate version')];
    return dns1035LabelProblems(version).map((problem) => invalid(at, version, problem));
  });
  if (versions.some((version) => reviewVersions.includes(version))) return errors;
  return [...errors, invalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}
