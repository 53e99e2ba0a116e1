import { serviceAccountUserPrefix, type UserInfo } from '../../user-info.js';
import type { PolicyRule } from '../authorizer.js';

interface Stored {
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined };
}

/** The parts of the four RBAC kinds that matter for a decision. */
export interface StoredRole extends Stored {
  readonly rules?: readonly PolicyRule[] | null;
}

export interface StoredBinding extends Stored {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[] | null;
}

interface Binding {
  readonly name: string;
  readonly namespace: string;
  readonly roleKind: string;
  readonly roleName: string;
  /** Subject key → the subject as people read it. */
  readonly subjects: ReadonlyMap<string, string>;
}

/** One way in which a user comes by rules. */
export interface Grant {
  readonly bindingName: string;
  /** Empty: a ClusterRoleBinding. */
  readonly bindingNamespace: string;
  readonly roleKind: string;
  readonly roleName: string;
  /** `User "alice"`, `Group "devs"`, `ServiceAccount "default/kube-system"`: through which of its subjects. */
  readonly subject: string;
  /** Undefined: the role that the binding names does not exist. */
  readonly rules: readonly PolicyRule[] | undefined;
}

/**
 * Roles and bindings, indexed by subject, so that a decision looks only at the bindings of its user. Kept by whoever
 * watches the four kinds: `set…` on every add or change, `delete…` on removal.
 */
export class PolicyIndex {
  readonly #roles = new Map<string, readonly PolicyRule[]>();
  readonly #bindings = new Map<string, Binding>();
  /** Subject key within a namespace (empty: the cluster) → its bindings. */
  readonly #bySubject = new Map<string, Set<Binding>>();

  setRole(role: StoredRole): void {
    this.#roles.set(keyOf(role), role.rules ?? []);
  }

  deleteRole(role: Stored): void {
    this.#roles.delete(keyOf(role));
  }

  setBinding(stored: StoredBinding): void {
    this.deleteBinding(stored);
    const namespace = stored.metadata?.namespace ?? '';
    const binding: Binding = {
      name: stored.metadata?.name ?? '',
      namespace,
      roleKind: stored.roleRef.kind,
      roleName: stored.roleRef.name,
      subjects: new Map(
        (stored.subjects ?? []).map((subject) => [subjectKey(namespace, subject), subjectText(namespace, subject)]),
      ),
    };
    this.#bindings.set(keyOf(stored), binding);
    for (const key of binding.subjects.keys()) {
      const bindings = this.#bySubject.get(key);
      if (bindings === undefined) this.#bySubject.set(key, new Set([binding]));
      else bindings.add(binding);
    }
  }

  deleteBinding(stored: Stored): void {
    const binding = this.#bindings.get(keyOf(stored));
    if (binding === undefined) return;
    this.#bindings.delete(keyOf(stored));
    for (const key of binding.subjects.keys()) {
      const bindings = this.#bySubject.get(key);
      bindings?.delete(binding);
      if (bindings?.size === 0) this.#bySubject.delete(key);
    }
  }

  /** Every grant that applies to the user in the namespace: the cluster's first, then the namespace's. */
  *grants(user: UserInfo, namespace: string): Iterable<Grant> {
    yield* this.#grantsIn('', user);
    if (namespace !== '') yield* this.#grantsIn(namespace, user);
  }

  *#grantsIn(namespace: string, user: UserInfo): Iterable<Grant> {
    yield* this.#grantsOf(`${namespace}|U|${user.username}`);
    for (const group of user.groups) yield* this.#grantsOf(`${namespace}|G|${group}`);
  }

  *#grantsOf(key: string): Iterable<Grant> {
    for (const binding of this.#bySubject.get(key) ?? []) {
      const roleNamespace = binding.roleKind === 'ClusterRole' ? '' : binding.namespace;
      yield {
        bindingName: binding.name,
        bindingNamespace: binding.namespace,
        roleKind: binding.roleKind,
        roleName: binding.roleName,
        subject: binding.subjects.get(key) ?? '',
        rules: this.#roles.get(`${roleNamespace}/${binding.roleName}`),
      };
    }
  }
}

function keyOf(stored: Stored): string {
  return `${stored.metadata?.namespace ?? ''}/${stored.metadata?.name ?? ''}`;
}

type Subject = { readonly kind: string; readonly name: string; readonly namespace?: string };

/** A service account is the user that its tokens authenticate as. */
function subjectKey(namespace: string, subject: Subject): string {
  if (subject.kind === 'Group') return `${namespace}|G|${subject.name}`;
  if (subject.kind === 'ServiceAccount') {
    return `${namespace}|U|${serviceAccountUserPrefix}${subject.namespace || namespace}:${subject.name}`;
  }
  return `${namespace}|U|${subject.name}`;
}

function subjectText(namespace: string, { kind, name, namespace: own }: Subject): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${own ?? namespace}` : name)}`;
}
