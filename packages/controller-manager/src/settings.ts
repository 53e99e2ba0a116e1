/** With what certificate requests are signed. */
export interface SigningSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** For how long a certificate is valid, at most. */
  readonly durationMs: number;
}

/** What the flags of the controller manager come to; times in milliseconds. */
export interface ManagerSettings {
  readonly clusterCidrs: readonly string[];
  readonly nodeCidrMaskSize: number;
  readonly allocateNodeCidrs: boolean;
  readonly nodeMonitorPeriodMs: number;
  readonly nodeMonitorGracePeriodMs: number;
  readonly terminatedPodsMax: number;
  /** PEM text that `kube-root-ca.crt` shows in every namespace. */
  readonly rootCa: string | undefined;
  /** Undefined: nothing is signed. */
  readonly signing: SigningSettings | undefined;
}
