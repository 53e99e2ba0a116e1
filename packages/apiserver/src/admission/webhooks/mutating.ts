import {
  applyDefaults,
  applyPatch,
  cloneJson,
  type Definition,
  type Draft,
  decodeObject,
  equalJson,
  type KubernetesObject,
  patchTypes,
  setMember,
  statusErrors,
} from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import { convertObject } from '../../registry/convert.js';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest, MutationPass } from '../admission.js';
import { isExempt } from '../matching/rules.js';
import { askHook, matchHook, type WebhookTools } from './caller.js';
import { type Hook, HookSource } from './hook-source.js';
import type { Verdict } from './review.js';

/** What the first pass leaves behind for the second. */
interface History {
  /** Webhooks that want to see the object again, should somebody change it after them. */
  readonly willing: Set<string>;
  /** Those of them after which somebody did. */
  readonly due: Set<string>;
  lastOutput: unknown;
}

/** Asks the webhooks of MutatingWebhookConfigurations, one after the other, each shown what the one before made of the object. */
export function mutatingWebhooks(tools: WebhookTools): AdmissionPlugin {
  const source = new HookSource('mutatingwebhookconfigurations');
  const histories = new WeakMap<AdmissionRequest, History>();
  return {
    name: 'MutatingAdmissionWebhook',
    handles: (request) => !isExempt(request),

    async mutate(request, reads, pass) {
      const hooks = await source.hooks(reads);
      if (hooks.length === 0) return;
      const history = histories.get(request) ?? { willing: new Set(), due: new Set(), lastOutput: undefined };
      histories.set(request, history);
      // Other plugins ran in between, and may have changed what the webhooks had made.
      if (pass.number === 1 && !equalJson(history.lastOutput, request.object)) requireAll(history);
      for (const [index, hook] of hooks.entries()) await runHook(hook, index, request, reads, pass, history, tools);
      history.lastOutput = cloneJson(request.object);
    },
  };
}

async function runHook(
  hook: Hook,
  index: number,
  request: AdmissionRequest,
  reads: AdmissionReads,
  pass: MutationPass,
  history: History,
  tools: WebhookTools,
): Promise<void> {
  const { webhook, configuration } = hook;
  const shown = await matchHook(hook, request, reads, tools);
  if (shown === undefined || (pass.number === 1 && !history.due.has(hook.id))) return;
  const place = `round_${pass.number}_index_${index}`;
  const asking = askHook(hook, request, shown, reads, tools, true);
  const verdict = await (request.notes?.elsewhere(asking) ?? asking);
  const mutated = verdict !== undefined && (await patchObject(hook, verdict, request, shown));
  if (verdict === undefined) request.notes?.annotate(`failed-open.mutation.webhook.admission.k8s.io/${place}`, webhook.name);
  request.notes?.annotate(
    `mutation.webhook.admission.k8s.io/${place}`,
    JSON.stringify({ configuration, webhook: webhook.name, mutated }),
  );
  if (mutated) {
    requireAll(history);
    pass.requireAnother();
  }
  if (webhook.reinvocationPolicy === 'IfNeeded') history.willing.add(hook.id);
}

function requireAll(history: History): void {
  for (const id of history.willing) history.due.add(id);
  history.willing.clear();
}

/** @returns whether the object is another now */
async function patchObject(
  { webhook }: Hook,
  { patch }: Verdict,
  request: AdmissionRequest,
  shown: Definition,
): Promise<boolean> {
  if (patch === undefined || (Array.isArray(patch) && patch.length === 0)) return false;
  const { object, definition } = request;
  if (object === undefined) {
    const why = 'attempted to modify the object, which is not supported for this operation';
    throw statusErrors.internalError(`admission webhook ${JSON.stringify(webhook.name)} ${why}`);
  }
  const before = cloneJson(object) as KubernetesObject; // complete but for what the server fills in later
  try {
    const target = request.kind === undefined ? await convertObject(before, definition, shown) : before;
    const patched = applyPatch(shown, patchTypes.json, target, patch);
    const own = request.kind === undefined ? shown : { ...request.kind, model: request.kind.kind };
    const decoded = decodeObject(own, patched, { fieldValidation: 'Ignore' }).object;
    const changed = request.kind === undefined ? await convertObject(decoded as KubernetesObject, shown, definition) : decoded; // decoded as one
    if (equalJson(changed, before)) return false;
    replaceMembers(object, changed as Draft<KubernetesObject>); // made for this request
    if (request.kind === undefined && request.subresource === '') applyDefaults(definition, object);
    return true;
  } catch (error) {
    throw statusErrors.internalError(errorMessage(error)); // nothing that the client could have done about it
  }
}

/** The object stays the same one, since those who called hold on to it. */
function replaceMembers(target: Draft<KubernetesObject>, source: object): void {
  for (const key of Object.keys(target)) Reflect.deleteProperty(target, key);
  for (const [key, value] of Object.entries(source)) setMember(target as Record<string, unknown>, key, value); // a JSON object
}
