import { type StatusError, statusErrors } from '@flotilla/api';
import type { Attributes } from './authorizers/authorizer.js';

/** `pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "default"`, word for word. */
export function forbiddenError(attributes: Attributes, reason: string): StatusError {
  const message = reason === '' ? forbiddenText(attributes) : `${forbiddenText(attributes)}: ${reason}`;
  const resource = attributes.isResourceRequest ? { group: attributes.apiGroup, resource: attributes.resource } : undefined;
  return statusErrors.forbidden(resource, attributes.name, message);
}

function forbiddenText({ user, verb, isResourceRequest, path, resource, subresource, apiGroup, namespace }: Attributes): string {
  const who = `User ${JSON.stringify(user.username)} cannot ${verb}`;
  if (!isResourceRequest) return `${who} path ${JSON.stringify(path)}`;
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${what} in API group ${JSON.stringify(apiGroup)} ${where}`;
}
