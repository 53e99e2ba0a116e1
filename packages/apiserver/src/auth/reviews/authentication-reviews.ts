import { statusErrors } from '@flotilla/api';
import type { UserInfo } from '../user-info.js';
import { type Review, text, texts } from './review.js';

const group = 'authentication.k8s.io';

/** `kubectl auth whoami`. */
export const selfSubjectReview: Review = {
  group,
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
  answer: async (_spec, { user }) => ({ userInfo: publicUser(user) }),
};

/** Asks whose token this is; a kubelet does, for instance, when one is shown to it. */
export const tokenReview: Review = {
  group,
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
  async answer(spec, context) {
    const token = text(spec['token']);
    if (token === '') throw statusErrors.badRequest('token is required for TokenReview in authentication');
    const identity = await context.authenticateToken(token, texts(spec['audiences']));
    if (identity === undefined) return { user: {}, error: 'invalid bearer token' };
    return {
      authenticated: true,
      user: publicUser(identity.user),
      ...(identity.audiences.length === 0 ? {} : { audiences: identity.audiences }),
    };
  },
};

function publicUser({ username, uid, groups, extra }: UserInfo): object {
  return { username, ...(uid === '' ? {} : { uid }), groups, ...(Object.keys(extra).length === 0 ? {} : { extra }) };
}
