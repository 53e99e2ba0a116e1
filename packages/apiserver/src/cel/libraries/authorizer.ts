import { dns1123LabelProblems, dns1123SubdomainProblems } from '@flotilla/api';
import { listCost, traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload } from '../overload.js';
import { CelError, CelOpaque, sizeOf } from '../values.js';
import { libraryTypes } from './opaque-types.js';

/** What an expression asks: may this user do that? */
export type AccessQuestion =
  | ResourceQuestion
  | { readonly path: string; readonly verb: string; readonly serviceAccount: ServiceAccountName | undefined };

interface ResourceQuestion {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector: string;
  readonly labelSelector: string;
  readonly verb: string;
  /** Absent: whoever makes the request. */
  readonly serviceAccount: ServiceAccountName | undefined;
}

interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

interface AccessAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string | undefined;
}

/** Answers questions about access while an expression is evaluated. */
export type AccessCheck = (question: AccessQuestion) => AccessAnswer;

/** Values that are never compared with others of their kind. */
abstract class Unequal extends CelOpaque {
  equals(other: CelOpaque): boolean {
    return other === this;
  }
}

/** The variable `authorizer`. */
export class CelAuthorizer extends Unequal {
  readonly type = libraryTypes.authorizer;
  readonly check: AccessCheck;
  readonly serviceAccount: ServiceAccountName | undefined;

  constructor(check: AccessCheck, serviceAccount?: ServiceAccountName) {
    super();
    this.check = check;
    this.serviceAccount = serviceAccount;
  }
}

class CelPathCheck extends Unequal {
  readonly type = libraryTypes.pathCheck;
  readonly authorizer: CelAuthorizer;
  readonly path: string;

  constructor(authorizer: CelAuthorizer, path: string) {
    super();
    this.authorizer = authorizer;
    this.path = path;
  }
}

class CelGroupCheck extends Unequal {
  readonly type = libraryTypes.groupCheck;
  readonly authorizer: CelAuthorizer;
  readonly group: string;

  constructor(authorizer: CelAuthorizer, group: string) {
    super();
    this.authorizer = authorizer;
    this.group = group;
  }
}

type Target = Omit<ResourceQuestion, 'verb' | 'serviceAccount'>;

/** The variable `authorizer.requestResource`, and what `group(…).resource(…)` makes. */
export class CelResourceCheck extends Unequal {
  readonly type = libraryTypes.resourceCheck;
  readonly authorizer: CelAuthorizer;
  readonly target: Target;

  constructor(authorizer: CelAuthorizer, target: Target) {
    super();
    this.authorizer = authorizer;
    this.target = target;
  }

  with(more: Partial<Target>): CelResourceCheck {
    return new CelResourceCheck(this.authorizer, { ...this.target, ...more });
  }
}

class CelDecision extends Unequal {
  readonly type = libraryTypes.decision;
  readonly answer: AccessAnswer;

  constructor(answer: AccessAnswer) {
    super();
    this.answer = answer;
  }
}

/** Kubernetes' price: an evaluation can afford two. */
const checkCost: CostFunction = () => 350_000;
const selectorCost: CostFunction = ([, selector = null]) => {
  const length = sizeOf(selector);
  const perRequirement = listCost + 40;
  return listCost + traversalCost(length) + Math.ceil(length / 2) * perRequirement;
};

const prefix = 'kubernetes.authorization';
const resourceCheck = `${prefix}.ResourceCheck`;
const nothing = { subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' };

export const authorizers: readonly Overload[] = [
  overload(`${prefix}.Authorizer.path(string): ${prefix}.PathCheck`, (authorizer: CelAuthorizer, path: string) => {
    if (path.trim() === '') throw new CelError('path must not be empty');
    return new CelPathCheck(authorizer, path);
  }),
  overload(
    `${prefix}.Authorizer.group(string): ${prefix}.GroupCheck`,
    (authorizer: CelAuthorizer, group: string) => new CelGroupCheck(authorizer, group),
  ),
  overload(`${prefix}.Authorizer.serviceAccount(string, string): ${prefix}.Authorizer`, actAs),
  overload(
    `${prefix}.GroupCheck.resource(string): ${resourceCheck}`,
    ({ authorizer, group }: CelGroupCheck, resource: string) => {
      if (resource.trim() === '') throw new CelError('resource must not be empty');
      return new CelResourceCheck(authorizer, { group, resource, ...nothing });
    },
  ),
  ...(['subresource', 'namespace', 'name'] as const).map((part) =>
    overload(`${resourceCheck}.${part}(string): ${resourceCheck}`, (check: CelResourceCheck, text: string) =>
      check.with({ [part]: text }),
    ),
  ),
  ...(['fieldSelector', 'labelSelector'] as const).map((part) =>
    overload(
      `${resourceCheck}.${part}(string): ${resourceCheck}`,
      (check: CelResourceCheck, text: string) => check.with({ [part]: text }),
      selectorCost,
    ),
  ),
  overload(
    `${prefix}.PathCheck.check(string): ${prefix}.Decision`,
    ({ authorizer, path }: CelPathCheck, verb: string) => {
      return new CelDecision(authorizer.check({ path, verb, serviceAccount: authorizer.serviceAccount }));
    },
    checkCost,
  ),
  overload(
    `${resourceCheck}.check(string): ${prefix}.Decision`,
    ({ authorizer, target }: CelResourceCheck, verb: string) => {
      return new CelDecision(authorizer.check({ ...target, verb, serviceAccount: authorizer.serviceAccount }));
    },
    checkCost,
  ),
  overload(`${prefix}.Decision.allowed(): bool`, ({ answer }: CelDecision) => answer.allowed),
  overload(`${prefix}.Decision.reason(): string`, ({ answer }: CelDecision) => answer.reason),
  overload(`${prefix}.Decision.errored(): bool`, ({ answer }: CelDecision) => answer.error !== undefined),
  overload(`${prefix}.Decision.error(): string`, ({ answer }: CelDecision) => answer.error ?? ''),
];

function actAs(authorizer: CelAuthorizer, namespace: string, name: string): CelAuthorizer {
  if (dns1123SubdomainProblems(name).length > 0) throw new CelError('Invalid service account name');
  if (dns1123LabelProblems(namespace).length > 0) throw new CelError('Invalid service account namespace');
  return new CelAuthorizer(authorizer.check, { namespace, name });
}
