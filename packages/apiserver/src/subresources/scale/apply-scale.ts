import { applySchemaOfModel, type Definition, type Draft, type Scale } from '@flotilla/api';
import { plainAnswer } from '../../registry/answers.js';
import { appliedDraft, checkedConfig } from '../../registry/apply.js';
import type { ObjectAnswer, PatchRequest } from '../../registry/registry.js';
import type { RegistryContext } from '../../registry/registry-context.js';
import { updateStep } from '../../registry/update.js';
import { writeLoop } from '../../registry/write-loop.js';
import { checkScale, configOfScale, scaleDefinition, scaleOf } from './scale.js';

/**
 * Server-side apply of a Scale: the replicas of the object get the applier as their owner, by the subresource `scale`. Whoever
 * owns them on the object itself, or has changed them there, is in conflict with it.
 */
export async function applyScale(context: RegistryContext, definition: Definition, request: PatchRequest): Promise<ObjectAnswer> {
  const scale = checkedConfig(scaleDefinition, applySchemaOfModel(scaleDefinition.model), request.body);
  checkScale(scale as Draft<Scale>, request.name); // the schema has been checked
  const config = configOfScale(definition, scale);
  const main = { ...request, subresource: undefined, owners: 'scale' };
  const written = await writeLoop(context, definition, main, request.options.dryRun, async (old) => {
    const { object } = await appliedDraft(context, definition, main, old, config);
    return updateStep(context, definition, main, object, old, 'decided');
  });
  return plainAnswer(200, scaleOf(definition, written.object));
}
