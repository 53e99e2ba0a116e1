import type { Attributes, Decision } from '../../auth/authorizers/authorizer.js';
import { authenticatedGroup, serviceAccountsGroup, serviceAccountUserPrefix, type UserInfo } from '../../auth/user-info.js';
import type { AccessCheck, AccessQuestion } from '../../cel/libraries/authorizer.js';
import { noResource } from '../../http/request-info.js';

/** Who decides what a user may do: the server's chain of authorizers. */
export interface Access {
  authorize(attributes: Attributes): Decision | Promise<Decision>;
}

/** An answer that is not there yet. The evaluation starts again when it is. */
class PendingAnswer {
  readonly arrival: Promise<void>;
  constructor(arrival: Promise<void>) {
    this.arrival = arrival;
  }
}

type Answer = ReturnType<AccessCheck>;

/**
 * The answers to an expression's questions about access. Evaluation is synchronous and an authorizer may not be, so that an
 * evaluation that meets an open question is abandoned, and repeated once the answer is known.
 */
export class AccessMemo {
  readonly #access: Access;
  readonly #user: UserInfo;
  readonly #answers = new Map<string, Answer>();

  constructor(access: Access, user: UserInfo) {
    this.#access = access;
    this.#user = user;
  }

  readonly check: AccessCheck = (question) => {
    const key = JSON.stringify(question);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const decided = this.#access.authorize(attributesOf(question, this.#user));
    if (!(decided instanceof Promise)) return this.#remember(key, answerOf(decided));
    throw new PendingAnswer(
      decided.then(answerOf, failed).then((answer) => {
        this.#remember(key, answer);
      }),
    );
  };

  /** Runs an evaluation, as often as it takes to know all answers. */
  async settle<T>(evaluate: () => T): Promise<T> {
    for (;;) {
      try {
        return evaluate();
      } catch (error) {
        if (!(error instanceof PendingAnswer)) throw error;
        await error.arrival;
      }
    }
  }

  #remember(key: string, answer: Answer): Answer {
    this.#answers.set(key, answer);
    return answer;
  }
}

function answerOf({ verdict, reason }: Decision): Answer {
  return { allowed: verdict === 'allow', reason };
}

function failed(error: unknown): Answer {
  return { allowed: false, reason: '', error: error instanceof Error ? error.message : String(error) };
}

function attributesOf(question: AccessQuestion, requester: UserInfo): Attributes {
  const user = question.serviceAccount === undefined ? requester : serviceAccountUser(question.serviceAccount);
  if ('path' in question) return { ...noResource, user, isResourceRequest: false, path: question.path, verb: question.verb };
  const { group: apiGroup, resource, subresource, namespace, name, verb, fieldSelector } = question;
  const target = { apiGroup, apiVersion: '*', resource, subresource, namespace, name, verb, fieldSelector };
  return { user, isResourceRequest: true, path: '', ...target };
}

function serviceAccountUser({ namespace, name }: { readonly namespace: string; readonly name: string }): UserInfo {
  const groups = [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`, authenticatedGroup];
  return { username: `${serviceAccountUserPrefix}${namespace}:${name}`, uid: '', groups, extra: {} };
}
