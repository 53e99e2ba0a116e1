import { type Definition, statusErrors } from '@flotilla/api';
import { binding } from './binding/index.js';
import { bindingNamedByBody } from './binding/named-by-body.js';
import { eviction } from './eviction/index.js';
import { scale } from './scale/index.js';
import type { SubresourceHandler } from './subresource.js';

/** The list to add a subresource to. `status` and other parts are the object itself, so the verbs know them. */
const handlers: Readonly<Record<string, SubresourceHandler>> = { scale, binding, eviction };

/**
 * @returns undefined for the object itself and for parts of it
 * @throws StatusError NotFound when this kind has no such subresource, or nobody serves it here
 */
export function subresourceOf(definition: Definition, name: string | undefined): SubresourceHandler | undefined {
  if (name === undefined) return definition.storagePath === 'bindings' ? bindingNamedByBody : undefined;
  const subresource = definition.subresources.find((one) => one.name === name);
  if (subresource === undefined) throw statusErrors.notFoundPath();
  if (name === 'status' || subresource.part !== undefined) return undefined;
  const found = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (found === undefined) throw statusErrors.notFoundPath();
  return found;
}
