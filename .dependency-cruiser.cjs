// The direction of imports is a rule of the house: apps → adapters → pure. Each rule says why.
const nest = '^node_modules/@nestjs/';
const adapters = '^node_modules/(@nats-io|dockerode|fastify|pino|prom-client)';
module.exports = {
  forbidden: [
    {
      name: 'apps-never-import-apps',
      comment: 'Apps meet only on NATS; what two apps need is a lib.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-never-import-apps',
      comment: 'A lib that knows an app cannot be used by another.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'the-domain-is-pure',
      comment: 'Rules of the product need no framework, broker or engine; the simulator runs them on virtual time.',
      severity: 'error',
      from: { path: '^(libs/domain/src/|apps/[^/]+/src/domain/)', pathNot: '\\.spec\\.ts$' },
      to: {
        path: `${nest}|${adapters}|^libs/(journal|messaging|platform|aws-api)/|^(node:)?(fs|net|http|https|child_process|timers)(/|$)`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'cores-know-no-nest',
      comment: 'Nest only wires: modules, controllers, main.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.module|\\.controller|main|/nest/.*)\\.ts$|\\.(spec|contract|e2e)\\.ts$' },
      to: { path: nest },
    },
    {
      name: 'no-circular',
      comment: 'A cycle throws at load in ESM with decorator metadata.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'require', 'node', 'default'] },
  },
};
