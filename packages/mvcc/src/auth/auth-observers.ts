import type { AuthObserver, AuthRequest } from './auth-model.js';

/** Whoever keeps the sessions that users have with this member. */
export class AuthObservers {
  readonly #observers = new Set<AuthObserver>();

  add(observer: AuthObserver): void {
    this.#observers.add(observer);
  }

  /** @param token that of `authenticate` */
  applied(request: AuthRequest, token: string | undefined): void {
    for (const observer of this.#observers) {
      if (request.kind === 'authenticate' && token !== undefined) observer.tokenAssigned(request.user, token);
      else if (request.kind === 'userDelete' || request.kind === 'userChangePassword') observer.userChanged(request.user);
      else if (request.kind === 'disable') observer.reset();
    }
  }

  reset(): void {
    for (const observer of this.#observers) observer.reset();
  }
}
