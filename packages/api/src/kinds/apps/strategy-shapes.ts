/** What errors print of the update strategy of a DaemonSet or a Deployment. */
export const surgeStrategyShape = { Type: '', RollingUpdate: { MaxUnavailable: 0, MaxSurge: 0 } } as const;
/** And of a StatefulSet. */
export const partitionStrategyShape = { Type: '', RollingUpdate: { Partition: 0, MaxUnavailable: null } } as const;
