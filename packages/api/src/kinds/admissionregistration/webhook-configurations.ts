import { ageColumn, type Column, countColumn, nameColumn } from '../../columns/column.js';
import type { MutatingWebhookConfiguration, ValidatingWebhook, ValidatingWebhookConfiguration } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { define } from '../define.js';
import { defaultRules, defaultSelection } from './match-rules.js';
import { validateWebhooks } from './webhook-validation.js';

type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration;

const timeoutSeconds = 10;
const httpsPort = 443;

const shared = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  categories: ['api-extensions'],
  namespaced: false,
  generation: true,
  allowUnconditionalUpdate: false,
  columns: [
    nameColumn,
    countColumn('Webhooks', 'How many webhooks it has.', ({ webhooks }: Configuration) => (webhooks ?? []).length),
    ageColumn,
  ] satisfies readonly Column<Configuration>[],
  validate: validateWebhooks,
} as const;

export const validatingWebhookConfigurations = define<ValidatingWebhookConfiguration>({
  ...shared,
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',

  defaults(draft) {
    for (const webhook of draft.webhooks ?? []) defaultWebhook(webhook);
  },
});

export const mutatingWebhookConfigurations = define<MutatingWebhookConfiguration>({
  ...shared,
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',

  defaults(draft) {
    for (const webhook of draft.webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ||= 'Never';
    }
  },
});

function defaultWebhook(webhook: Draft<ValidatingWebhook>): void {
  webhook.failurePolicy ||= 'Fail';
  webhook.timeoutSeconds ??= timeoutSeconds;
  defaultSelection(webhook);
  defaultRules(webhook.rules);
  if (webhook.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= httpsPort;
}
