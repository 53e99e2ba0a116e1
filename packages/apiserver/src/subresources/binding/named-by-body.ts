import { type Definition, isRecord, kinds } from '@flotilla/api';
import { handler } from '../subresource.js';
import { binding } from './index.js';

const pods = kinds.pods as unknown as Definition; // declared with its own object type

/** `bindings`: the same as `pods/<name>/binding`, for clients that name the pod in the body alone. */
export const bindingNamedByBody = handler({
  create(context, _definition, request) {
    const { body } = request;
    const metadata = isRecord(body) ? body['metadata'] : undefined;
    const name = isRecord(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
    return binding.create(context, pods, { ...request, subresource: 'binding', name });
  },
});
