// The direction of imports is a rule of the house: apps → adapters → pure. Each rule says why.
const nest = '^node_modules/@nestjs/';
// Rooms from the ground up: each may know those below it, none of those above.
const ecsRooms = [
  'model',
  'authorization',
  'lookup',
  'task-health',
  'placement',
  'evolve',
  'tags',
  'accounts',
  'clusters',
  'definitions',
  'tasks',
  'instances',
  'services/lifecycle',
  'services/reconcile',
  'services/api',
  'services/task-sets',
  'public-events',
  'explain',
];
const launcherRooms = ['terminal', 'host', 'api', 'broker', 'joining', 'group-hosts', 'supervise', 'commands'];
const room = (house, names) => `^${house}/src/(${names.join('|')})/`;
const fromTheGroundUp = (house, rooms) => [
  ...rooms.slice(0, -1).map((name, at) => ({
    name: `${house}/${name}-knows-no-room-above`.replaceAll('/', '-'),
    comment: `Rooms of ${house} from the ground up: ${rooms.join(' ← ')}.`,
    severity: 'error',
    from: { path: room(house, [name]), pathNot: '\\.(spec|contract)\\.ts$' },
    to: { path: room(house, rooms.slice(at + 1)) },
  })),
  {
    name: `rooms-of-${house}-know-no-assembly`.replaceAll('/', '-'),
    comment: 'domain.ts, or main.ts, puts the rooms together.',
    severity: 'error',
    from: { path: room(house, rooms), pathNot: '\\.(spec|contract)\\.ts$' },
    to: { path: `^${house}/src/[^/]+\\.ts$` },
  },
];
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
      from: {
        path: '^(libs/(access|kernel|ecs)/src/|apps/[^/]+/src/domain/|apps/load-balancer/src/(proxy|targets-loop)/|apps/[^/]+/src/[^/]+/domain/)',
        pathNot: '\\.spec\\.ts$',
      },
      to: {
        path: `${nest}|${adapters}|^libs/(journal|messaging|app|platform|aws-api)/|^(node:)?(fs|net|http|https|child_process|timers)(/|$)`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'libs-from-the-ground-up',
      comment: 'names ← kernel ← journal ← messaging ← app; ecs stands on the kernel. A circle of libs throws at load.',
      severity: 'error',
      from: { path: '^libs/(names|journal|messaging)/', pathNot: '\\.(spec|contract)\\.ts$' },
      to: { path: '^libs/(app|ecs)/' },
    },
    {
      name: 'the-journal-knows-no-bus',
      comment: 'Commits are stored and folded without a word of commands and requests.',
      severity: 'error',
      from: { path: '^libs/journal/', pathNot: '\\.(spec|contract)\\.ts$' },
      to: { path: '^libs/messaging/' },
    },
    {
      name: 'apps-machinery-knows-no-ecs',
      comment: 'What every journal-owning app stands on cannot speak of one of them.',
      severity: 'error',
      from: { path: '^libs/app/', pathNot: '\\.(spec|contract)\\.ts$' },
      to: { path: '^libs/ecs/' },
    },
    {
      name: 'the-kernel-is-the-ground',
      comment: 'Tables, rules and ids without a word of ECS: every journal-owning domain stands on it.',
      severity: 'error',
      from: { path: '^libs/kernel/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(kernel|names)/' },
    },
    {
      name: 'policies-stand-alone',
      comment: "IAM's evaluation logic knows no operation of any service.",
      severity: 'error',
      from: { path: '^libs/access/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/access/' },
    },
    ...fromTheGroundUp('libs/ecs', ecsRooms),
    ...fromTheGroundUp('apps/launcher', launcherRooms),
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
