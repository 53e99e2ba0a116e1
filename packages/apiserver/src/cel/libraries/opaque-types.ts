import { type CelType, opaqueType } from '../types.js';

/** The types that Kubernetes' libraries add. */
export const libraryTypes = {
  quantity: opaqueType('kubernetes.Quantity'),
  url: opaqueType('kubernetes.URL'),
  ip: opaqueType('net.IP'),
  cidr: opaqueType('net.CIDR'),
  format: opaqueType('kubernetes.NamedFormat'),
  semver: opaqueType('kubernetes.Semver'),
  authorizer: opaqueType('kubernetes.authorization.Authorizer'),
  pathCheck: opaqueType('kubernetes.authorization.PathCheck'),
  groupCheck: opaqueType('kubernetes.authorization.GroupCheck'),
  resourceCheck: opaqueType('kubernetes.authorization.ResourceCheck'),
  decision: opaqueType('kubernetes.authorization.Decision'),
} as const satisfies Readonly<Record<string, CelType>>;
