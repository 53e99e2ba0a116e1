import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { ServiceAccount } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { define } from '../define.js';

const mountableAnnotation = 'kubernetes.io/enforce-mountable-secrets';

export const serviceAccounts = define<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  returnsDeleted: true,
  subresources: [{ name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }],
  columns: [
    nameColumn,
    textColumn(
      'Secrets',
      'The number of secrets that pods of this account may use.',
      (account) => (account.secrets ?? []).length,
    ),
    ageColumn,
  ],

  prepareForCreate: keepNamesOfSecrets,
  prepareForUpdate: keepNamesOfSecrets,

  warnings({ metadata }, old) {
    const isNew = old?.metadata.annotations?.[mountableAnnotation] === undefined;
    if (!isNew || metadata?.annotations?.[mountableAnnotation] === undefined) return [];
    const instead = 'prefer separate namespaces to isolate access to mounted secrets';
    return [`metadata.annotations[${mountableAnnotation}]: deprecated in v1.32+; ${instead}`];
  },
});

/** They are of the account's own namespace; a reference to a secret says no more than its name. */
function keepNamesOfSecrets(draft: Draft<ServiceAccount>): void {
  if (draft.secrets === undefined) return;
  draft.secrets = draft.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
