import { StatusError, statusErrors } from '@flotilla/api';
import type { AdmissionRequest } from '../admission.js';

/** As many failures as one audit annotation lists: Kubernetes' bound. */
const auditedFailuresMax = 50;

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };

interface Failure {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly string[];
}

/** What all policies together have to say of a request. The first denial is the one that the client hears of. */
export class Outcomes {
  readonly #request: AdmissionRequest;
  readonly #failures: Failure[] = [];
  /** Of the policy that is being applied. */
  #annotations = new Map<string, Set<string>>();
  #denial: { readonly message: string; readonly reason: string } | undefined;

  constructor(request: AdmissionRequest) {
    this.#request = request;
  }

  deny(
    policy: string,
    binding: string | undefined,
    denial: { readonly message: string; readonly reason?: string | undefined },
  ): void {
    const by = binding === undefined ? '' : ` with binding '${binding}'`;
    const message = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${denial.message}`;
    this.#denial ??= { message, reason: denial.reason ?? 'Invalid' };
  }

  warn(policy: string, binding: string, message: string): void {
    this.#request.notes?.warn(
      `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`,
    );
  }

  audit(
    policy: string,
    binding: string,
    { message, index }: { readonly message: string; readonly index: number },
    validationActions: readonly string[],
  ): void {
    if (this.#failures.length === auditedFailuresMax) return;
    this.#failures.push({ message, policy, binding, expressionIndex: index, validationActions });
  }

  annotate(key: string, value: string): void {
    const known = this.#annotations.get(key);
    if (known === undefined) this.#annotations.set(key, new Set([value]));
    else known.add(value);
  }

  /** Several bindings may have given one annotation several values. */
  publishAnnotations(policy: string): void {
    for (const [key, values] of this.#annotations) this.#request.notes?.annotate(`${policy}/${key}`, [...values].join(', '));
    this.#annotations = new Map();
  }

  /** @throws StatusError when somebody said no */
  conclude(): void {
    if (this.#failures.length > 0) {
      this.#request.notes?.annotate('validation.policy.admission.k8s.io/validation_failure', JSON.stringify(this.#failures));
    }
    if (this.#denial === undefined) return;
    const { message, reason } = this.#denial;
    const { definition, object } = this.#request;
    const { name = '', generateName = '' } = object?.metadata ?? {};
    const subject = this.#request.name || name || (generateName === '' ? 'Unknown' : `Unknown/${generateName}`);
    const refused = statusErrors.forbidden({ group: definition.group, resource: definition.plural }, subject, message);
    throw new StatusError(codes[reason] ?? 422, reason, refused.message, { ...refused.details, causes: [{ message }] });
  }
}
