import type { AdmissionPlugin } from '../admission.js';
import { isExempt } from '../matching/rules.js';
import { askHook, matchHook, type WebhookTools } from './caller.js';
import { HookSource } from './hook-source.js';

/** Asks the webhooks of ValidatingWebhookConfigurations, all at once; the first in order that says no is heard. */
export function validatingWebhooks(tools: WebhookTools): AdmissionPlugin {
  const source = new HookSource('validatingwebhookconfigurations');
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (request) => !isExempt(request),

    async validate(request, reads) {
      const hooks = await source.hooks(reads);
      const calls: (() => Promise<unknown>)[] = [];
      for (const hook of hooks) {
        const shown = await matchHook(hook, request, reads, tools);
        if (shown !== undefined) calls.push(() => askHook(hook, request, shown, reads, tools, false));
      }
      if (calls.length === 0) return;
      const all = Promise.allSettled(calls.map((call) => call()));
      const outcomes = await (request.notes?.elsewhere(all) ?? all);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
  };
}
