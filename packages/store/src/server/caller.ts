/** Who calls, as far as the connection and the request's metadata tell; what it may do is `AuthService`'s business. */
export interface Caller {
  /** gRPC metadata `token`, HTTP header `Authorization`. */
  readonly token?: string;
  /** Common name of the client's certificate, where the listener demands one. */
  readonly commonName?: string;
}
