import type { RequestInfo } from '../../http/request-info.js';
import type { UserInfo } from '../user-info.js';

/** What is to be decided: who wants to do what. `RequestInfo` has every field but the user. */
export interface Attributes
  extends Pick<
    RequestInfo,
    | 'isResourceRequest'
    | 'path'
    | 'verb'
    | 'apiGroup'
    | 'apiVersion'
    | 'namespace'
    | 'resource'
    | 'subresource'
    | 'name'
    | 'fieldSelector'
  > {
  readonly user: UserInfo;
}

type Verdict = 'allow' | 'deny' | 'no-opinion';

export interface Decision {
  readonly verdict: Verdict;
  /** For people: why. Goes into the Forbidden message and into SubjectAccessReviews. */
  readonly reason: string;
}

export const noOpinion: Decision = { verdict: 'no-opinion', reason: '' };

/** One rule as SelfSubjectRulesReview lists it; the shape of RBAC's PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Authorizer {
  readonly name: string;
  authorize(attributes: Attributes): Decision | Promise<Decision>;
  /** What the user may do in the namespace, as far as this authorizer can enumerate it. */
  rulesFor(user: UserInfo, namespace: string): RuleSet;
}

export interface RuleSet {
  readonly rules: readonly PolicyRule[];
  /** There may be more that this authorizer allows and cannot enumerate. */
  readonly incomplete: boolean;
  /** What went wrong on the way; empty: nothing. */
  readonly error: string;
}

export const noRules: RuleSet = { rules: [], incomplete: false, error: '' };
