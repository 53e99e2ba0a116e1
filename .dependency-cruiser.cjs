// The layer walls of the architecture, checked on every build: who may import whom, no cycles, nothing undeclared.
const allowed = {
  base: [],
  api: ['base'],
  raft: ['base'],
  mvcc: ['base'],
  process: ['base'],
  pki: ['base'],
  sim: ['base', 'raft', 'mvcc'],
  client: ['base', 'api'],
  'store-client': ['base', 'mvcc'],
  'controller-kit': ['base', 'client', 'api'],
  store: ['base', 'raft', 'mvcc', 'store-client', 'process'],
  apiserver: ['base', 'api', 'store-client', 'process'],
  scheduler: ['base', 'controller-kit', 'client', 'api', 'process'],
  'controller-manager': ['base', 'controller-kit', 'client', 'api', 'process', 'pki'],
  kubelet: ['base', 'controller-kit', 'client', 'api', 'process'],
  proxy: ['base', 'controller-kit', 'client', 'api', 'process'],
  loadbalancer: ['base', 'process'],
  cli: ['base', 'client', 'api', 'process', 'pki'],
  e2e: ['base', 'api', 'client', 'mvcc', 'process', 'sim', 'store-client'],
};

const walls = Object.entries(allowed).map(([name, others]) => ({
  name: `layers-${name}`,
  severity: 'error',
  comment: `${name} may import ${others.join(', ') || 'nothing'} of ours`,
  from: {
    path: `^packages/${name}/src/`,
    ...(['raft', 'mvcc'].includes(name) ? { pathNot: '\\.test\\.ts$' } : {}),
    ...(name === 'store' ? { pathNot: '^packages/store/src/simulation/' } : {}),
  },
  to: {
    path: '^packages/',
    pathNot: `^packages/(${[name, ...others].join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    ...walls,
    {
      name: 'layers-store-simulation',
      severity: 'error',
      comment: 'the simulation of the store is made of the store, and of the tools in sim',
      from: { path: '^packages/store/src/simulation/' },
      to: { path: '^packages/', pathNot: '^packages/(store|base|raft|mvcc|store-client|process|sim)/' },
    },
    {
      name: 'no-simulation-imports',
      severity: 'error',
      comment: 'production code knows nothing of its simulation',
      from: { pathNot: '^packages/store/src/simulation/' },
      to: { path: '^packages/store/src/simulation/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-undeclared',
      severity: 'error',
      from: { path: '^packages/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: { path: '^packages/', pathNot: '/generated/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'pure-packages',
      severity: 'error',
      comment: 'pure packages see no Node.js module',
      from: {
        path: '^packages/(base|api|raft|mvcc)/src/',
        pathNot: '\\.test\\.ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-test-imports',
      severity: 'error',
      comment: 'production code imports no test',
      from: { pathNot: '\\.test\\.ts$|^packages/e2e/' },
      to: { path: '\\.test\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/(dist|bundle|generated)/|^packages/[^/]+/(scripts|vite)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'default'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
  },
};
