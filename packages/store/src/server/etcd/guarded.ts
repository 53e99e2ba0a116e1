import type { Operation } from './call.js';

/** The operation, for whoever has a name, once users have to sign in. */
export function forUsers(operation: Operation): Operation {
  return async (call, request) => {
    await call.service.auth.requireUser(call.caller);
    return operation(call, request);
  };
}

/** The operation, for users with the root role alone, once users have to sign in. */
export function forRoot(operation: Operation): Operation {
  return async (call, request) => {
    await call.service.auth.requireRoot(call.caller);
    return operation(call, request);
  };
}
