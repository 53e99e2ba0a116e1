/** Where a connection's bytes go. */
export interface Output {
  /** Written and not yet taken by the network. */
  readonly unsentBytes: number;
  /** Takes `bytes` over: nobody may change them any more. */
  write(bytes: Buffer): void;
  /** Ends the connection once everything is sent. */
  end(): void;
}
