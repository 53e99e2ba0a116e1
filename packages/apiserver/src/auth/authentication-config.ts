import { type ConfigNode, readConfigDocument } from '../config-document.js';
import type { AnonymousAccess } from './authenticators/anonymous/index.js';
import type { ClaimMapping } from './authenticators/oidc/claims.js';
import type { OidcOptions } from './authenticators/oidc/index.js';
import { signingAlgorithms } from './oidc-flags.js';

export interface AuthenticationConfig {
  readonly jwt: readonly OidcOptions[];
  /** Undefined: the file does not say. */
  readonly anonymous: AnonymousAccess | undefined;
}

const versions = ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1', 'apiserver.config.k8s.io/v1alpha1'];

/**
 * `--authentication-config`: several JWT issuers, and where anonymous access is allowed. Mappings by CEL expression are refused.
 * @throws ConfigError
 */
export function readAuthenticationConfig(path: string): AuthenticationConfig {
  const document = readConfigDocument(path, 'AuthenticationConfiguration', versions);
  const jwt = document.nodes('jwt').map(issuerOf);
  const anonymous = document.node('anonymous');
  const config = { jwt, anonymous: anonymous === undefined ? undefined : anonymousOf(anonymous) };
  document.end();
  return config;
}

function anonymousOf(node: ConfigNode): AnonymousAccess {
  const paths = node.nodes('conditions').map((condition) => condition.requiredText('path'));
  if (node.flag('enabled') !== true) {
    if (paths.length > 0)
      throw node.problem('conditions: Invalid value: enabled should be set to true when conditions are defined');
    return 'nowhere';
  }
  return paths.length === 0 ? 'everywhere' : paths;
}

function issuerOf(node: ConfigNode): OidcOptions {
  const issuer = node.node('issuer');
  if (issuer === undefined) throw node.problem('issuer: Required value');
  const issuerUrl = issuer.requiredText('url');
  if (!issuerUrl.startsWith('https://')) throw issuer.problem(`url: Invalid value: "${issuerUrl}": URL scheme must be https`);
  const audiences = issuer.texts('audiences');
  if (audiences.length === 0) throw issuer.problem('audiences: Required value: at least one issuer.audiences is required');
  if (audiences.length > 1 && issuer.text('audienceMatchPolicy') !== 'MatchAny') {
    throw issuer.problem('audienceMatchPolicy: Invalid value: must be MatchAny for multiple audiences');
  }
  issuer.text('audienceMatchPolicy');
  return {
    issuerUrl,
    discoveryUrl: issuer.text('discoveryURL'),
    audiences,
    authority: issuer.text('certificateAuthority'),
    algorithms: signingAlgorithms,
    mapping: mappingOf(node),
  };
}

function mappingOf(node: ConfigNode): ClaimMapping {
  const mappings = node.node('claimMappings');
  const username = mappings?.node('username');
  if (mappings === undefined || username === undefined)
    throw node.problem('claimMappings.username: Required value: claim is required');
  const groups = mappings.node('groups');
  return {
    username: claimOf(username),
    groups: groups === undefined ? undefined : claimOf(groups),
    uidClaim: mappings.node('uid')?.requiredText('claim'),
    required: Object.fromEntries(
      node.nodes('claimValidationRules').map((rule) => [rule.requiredText('claim'), rule.text('requiredValue') ?? '']),
    ),
  };
}

function claimOf(node: ConfigNode) {
  const claim = node.requiredText('claim');
  const prefix = node.text('prefix');
  if (prefix === undefined)
    throw node.problem(
      'prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    );
  return { claim, prefix };
}
