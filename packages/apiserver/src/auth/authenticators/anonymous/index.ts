import { anonymousUser } from '../../user-info.js';
import type { Authenticator } from '../authenticator.js';

/** Where clients without a credential are system:anonymous, instead of being refused: on these paths, everywhere or nowhere. */
export type AnonymousAccess = readonly string[] | 'everywhere' | 'nowhere';

/** Probes of load balancers and monitors show no credential, and learn nothing but that the server works. */
export const healthPaths: AnonymousAccess = ['/healthz', '/livez', '/readyz'];

/** Whoever shows no credential at all. RBAC decides what that user may do where it is let in. */
export function anonymousAuthenticator(access: AnonymousAccess): Authenticator {
  return {
    name: 'anonymous',
    authenticate({ info }) {
      if (access === 'everywhere') return anonymousUser;
      return access !== 'nowhere' && access.includes(info.path) ? anonymousUser : undefined;
    },
  };
}
