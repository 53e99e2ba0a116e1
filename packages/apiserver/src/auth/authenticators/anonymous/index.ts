import { anonymousUser } from '../../user-info.js';
import type { Authenticator } from '../authenticator.js';

/** Whoever shows no credential at all. RBAC gives this user health, version and little else. */
export const anonymousAuthenticator: Authenticator = {
  name: 'anonymous',
  authenticate: () => anonymousUser,
};
