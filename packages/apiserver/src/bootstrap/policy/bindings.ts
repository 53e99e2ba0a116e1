import { authenticatedGroup, serviceAccountsGroup, systemMasters, unauthenticatedGroup } from '../../auth/user-info.js';
import { allControllersRole, controllerNames } from './controller-roles.js';
import { allow, events, type RoleSpec, read } from './notation.js';

export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  readonly namespace?: string;
}

export interface BindingSpec {
  readonly name: string;
  readonly role: string;
  readonly subjects: readonly Subject[];
}

const user = (name: string): Subject => ({ kind: 'User', name });
const group = (name: string): Subject => ({ kind: 'Group', name });
const account = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

const scheduler = user('system:kube-scheduler');
const controllerManager = user('system:kube-controller-manager');

function bind(role: string, ...subjects: readonly Subject[]): BindingSpec {
  return { name: role, role, subjects };
}

export const clusterRoleBindings: readonly BindingSpec[] = [
  bind('cluster-admin', group(systemMasters)),
  bind('system:monitoring', group('system:monitoring')),
  bind('system:discovery', group(authenticatedGroup)),
  bind('system:basic-user', group(authenticatedGroup)),
  bind('system:public-info-viewer', group(authenticatedGroup), group(unauthenticatedGroup)),
  bind('system:service-account-issuer-discovery', group(serviceAccountsGroup)),
  bind('system:node-proxier', user('system:kube-proxy')),
  bind('system:kube-controller-manager', controllerManager),
  bind('system:kube-dns', account('kube-dns')),
  bind('system:kube-scheduler', scheduler),
  bind('system:volume-scheduler', scheduler),
  // The Node authorizer decides for kubelets; the role without subjects is there for clusters that bind it themselves.
  bind('system:node'),
  ...controllerNames.map((name) => bind(`system:controller:${name}`, account(name))),
  bind(allControllersRole.name, controllerManager),
];

export interface NamespacedRole extends RoleSpec {
  readonly namespace: string;
}

export interface NamespacedBinding extends BindingSpec {
  readonly namespace: string;
}

const leader = (component: string): RoleSpec => ({
  name: `system::leader-locking-${component}`,
  rules: [
    allow('watch', 'core', 'configmaps'),
    allow('get update', 'core', 'configmaps', component),
    allow('create get list update watch', 'coordination.k8s.io', 'leases'),
    allow('create get list update watch', 'coordination.k8s.io', 'leasecandidates'),
  ],
});

const kubeSystem = 'kube-system';
const kubePublic = 'kube-public';

export const namespacedRoles: readonly NamespacedRole[] = [
  {
    namespace: kubeSystem,
    name: 'extension-apiserver-authentication-reader',
    rules: [allow(read, 'core', 'configmaps', 'extension-apiserver-authentication')],
  },
  { namespace: kubeSystem, ...leader('kube-controller-manager') },
  { namespace: kubeSystem, ...leader('kube-scheduler') },
  { namespace: kubeSystem, name: 'system:controller:bootstrap-signer', rules: [allow(read, 'core', 'secrets')] },
  {
    namespace: kubeSystem,
    name: 'system:controller:cloud-provider',
    rules: [allow('create get list watch', 'core', 'configmaps')],
  },
  {
    namespace: kubeSystem,
    name: 'system:controller:token-cleaner',
    rules: [allow('delete get list watch', 'core', 'secrets'), events],
  },
  {
    namespace: kubePublic,
    name: 'system:controller:bootstrap-signer',
    rules: [allow(read, 'core', 'configmaps'), allow('update', 'core', 'configmaps', 'cluster-info'), events],
  },
];

export const roleBindings: readonly NamespacedBinding[] = [
  {
    namespace: kubeSystem,
    name: 'system::extension-apiserver-authentication-reader',
    role: 'extension-apiserver-authentication-reader',
    subjects: [controllerManager, scheduler],
  },
  {
    namespace: kubeSystem,
    ...bind(
      'system::leader-locking-kube-controller-manager',
      controllerManager,
      account('kube-controller-manager'),
      account('leader-election-controller'),
    ),
  },
  { namespace: kubeSystem, ...bind('system::leader-locking-kube-scheduler', scheduler, account('kube-scheduler')) },
  { namespace: kubeSystem, ...bind('system:controller:bootstrap-signer', account('bootstrap-signer')) },
  { namespace: kubeSystem, ...bind('system:controller:cloud-provider', account('cloud-provider')) },
  { namespace: kubeSystem, ...bind('system:controller:token-cleaner', account('token-cleaner')) },
  { namespace: kubePublic, ...bind('system:controller:bootstrap-signer', account('bootstrap-signer')) },
];
