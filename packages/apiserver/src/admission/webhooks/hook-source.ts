import type { KubernetesObject, MutatingWebhook, ValidatingWebhook } from '@flotilla/api';
import type { AdmissionReads } from '../admission.js';
import { admissionVariables } from '../matching/admission-variables.js';
import { CompiledOnce } from '../matching/compiled-once.js';
import { type Conditions, compileConditions } from '../matching/match-conditions.js';

/** One webhook of a configuration, ready to be matched. */
export interface Hook {
  /** Tells it from every other, as long as nobody changes its configuration's name. */
  readonly id: string;
  readonly configuration: string;
  readonly webhook: MutatingWebhook & ValidatingWebhook;
  readonly conditions: Conditions;
}

interface Configuration extends KubernetesObject {
  readonly webhooks?: readonly (MutatingWebhook & ValidatingWebhook)[];
}

const variables = admissionVariables({ authorizer: true });

/** The webhooks of all configurations, in the order of the configurations' names. */
export class HookSource {
  readonly #plural: string;
  readonly #compiled = new CompiledOnce(hooksOf);

  constructor(plural: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations') {
    this.#plural = plural;
  }

  async hooks(reads: AdmissionReads): Promise<readonly Hook[]> {
    const configurations = await reads.cached({ group: 'admissionregistration.k8s.io', plural: this.#plural });
    return [...configurations.list()].flatMap((object) => this.#compiled.of(object));
  }
}

function hooksOf(object: KubernetesObject): readonly Hook[] {
  const { webhooks = [], metadata } = object as Configuration; // read as one
  const configuration = metadata.name ?? '';
  return webhooks.map((webhook, index) => ({
    id: `${configuration}/${webhook.name}/${index}`,
    configuration,
    webhook,
    conditions: compileConditions(webhook.matchConditions, variables),
  }));
}
