import { ecs } from '#lib/ecs';
import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { DEFAULT_HEALTHY_AFTER_MS } from '#lib/ecs/services/api';
import type { Decider } from '#lib/kernel';
import { Fold, followJournal, type Journal, MemoryLeaseServer, type Revision, Snapshots, upcastingJournal } from '#lib/journal';
import {
  type ApiAnswer,
  type ApiHandler,
  type Bus,
  CommandSender,
  foldedBy,
  type Folded,
  foldsNothing,
  serveOperation,
} from '#lib/messaging';
import type { Actor } from '#lib/names';
import { Agent } from '../../apps/agent/src/agent.js';
import { NO_LIMITS } from '../../apps/agent/src/host-limits.js';
import { HealthMonitor } from '../../apps/health-monitor/src/health-monitor.js';
import { HookLoop } from '../../apps/scheduler/src/hooks/hook-loop.js';
import { RunTaskService } from '../../apps/scheduler/src/run-task/run-task-service.js';
import { ServiceLoop, type ServiceLoopDeps } from '../../apps/scheduler/src/services/service-loop.js';
import { DomainApi, JournalOwner, NamedNetworks, OwnerQuestions, type PastReader } from '#lib/app';
import { AssignmentPublisher } from '../../apps/state-store/src/assignments/assignment-publisher.js';
import { ServiceCommands } from '../../apps/state-store/src/api/service-commands.js';
import { Registries } from '../../apps/state-store/src/api/registries.js';
import { TargetGroups } from '../../apps/state-store/src/api/target-groups.js';
import { SimulatedLoadBalancer } from './load-balancer.js';
import type { SimulatedHost } from './simulated-host.js';
import type { SimulatedProcess } from './simulated-process.js';
import { answerOfHook } from './lifecycle-hooks.js';
import { ACCOUNT, type AppRole, REGION, type RunningApp, type Surroundings } from './surroundings.js';
import { groupsOfRule, targetGroup } from './target-groups.js';

const COMMANDS = [
  'CreateCluster',
  'RegisterTaskDefinition',
  'DeregisterTaskDefinition',
  'DeleteTaskDefinitions',
  'StopTask',
  'UpdateContainerInstancesState',
  'DeregisterContainerInstance',
  'RegisterContainerInstance',
  'PutAttributes',
  'DeleteService',
  'StopServiceDeployment',
  'ContinueServiceDeployment',
  'UpdateTaskProtection',
  'UpdateTaskSet',
  'UpdateServicePrimaryTaskSet',
  'DeleteTaskSet',
];
/** Those with what the load balancer says of target groups. */
const SERVICE_COMMANDS = ['CreateService', 'UpdateService', 'CreateTaskSet'] as const;
const QUERIES = ['DescribeTasks', 'ListTasks', 'DescribeTaskDefinition', 'ListContainerInstances', 'DescribeContainerInstances'];

/** Much less than in a real installation, so that cleaning up meets every fault too. */
const CLEANUP_WAIT_MS = 20_000;

const SNAPSHOT_INTERVAL_MS = 20_000;

/** Here nobody asks for the past; its reader is a thread with a journal of its own. */
const noPast: PastReader = {
  query: () => Promise.resolve({ unavailable: 'the simulation has no past reader' }),
};

interface Parts {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly fold: Fold<EcsState>;
  readonly snapshots: Snapshots;
}

/** A journal with a fold on it, in the order of `openFold`: what the journal has, then the newest good snapshot of that. */
async function partsOf(world: Surroundings, process: SimulatedProcess, role: AppRole): Promise<Parts> {
  const { planted } = world;
  const seeing = steppingOn(world.decider, (state) => planted?.services?.(state, role) ?? state);
  const decider = planted?.decider?.(seeing, role) ?? seeing;
  const correct = world.storage.journalFor(process);
  const journal = upcastingJournal(planted?.journal?.(correct, role) ?? correct, decider);
  const fold = new Fold<EcsState>({
    name: 'ecs',
    journalId: journal.journalId,
    store: createEcsStore(),
    decider,
    clock: process.clock,
  });
  const head = await headOf(journal, process);
  const { clock, logger } = process;
  const snapshots = new Snapshots({
    store: world.storage.snapshotsFor(process),
    schemaVersion: ecs.schemaVersion,
    clock,
    logger,
  });
  const from = world.hasSnapshots() ? await snapshots.restore(fold, head) : undefined;
  if (from !== undefined) world.startedFromSnapshot(process, from);
  fold.startedAt(head);
  world.watchFold(process, fold);
  return { bus: world.network.connect(process), journal, fold, snapshots };
}

async function headOf(journal: Journal, { clock }: SimulatedProcess): Promise<Revision> {
  for (;;) {
    const head = await journal.head().catch(() => undefined);
    if (head !== undefined) return head;
    await clock.sleep(100);
  }
}

/** More often than the writer's own loop would, so that starts meet them. */
async function takeSnapshots(
  { fold, snapshots }: Parts,
  { clock, logger, died }: SimulatedProcess,
  isWriter: () => boolean,
): Promise<void> {
  while (!died.aborted) {
    await clock.sleep(SNAPSHOT_INTERVAL_MS);
    if (!isWriter()) continue;
    const taken = snapshots.take(fold).then(() => snapshots.prune(fold.name));
    await taken.catch((error: unknown) => logger.warn({ error }, 'no snapshot'));
  }
}

/** Steps of services are decided on what `sees` makes of the state. */
const steppingOn = (decider: Decider<EcsState>, sees: (state: EcsState) => EcsState): Decider<EcsState> => ({
  ...decider,
  decide: (state, command, context) => decider.decide(command.name === 'AdvanceService' ? sees(state) : state, command, context),
});

function serve(
  parts: Parts,
  process: SimulatedProcess,
  app: AppRole,
  folded: Folded,
  kind: 'command' | 'query',
  operations: Readonly<Record<string, ApiHandler>>,
) {
  const deps = { bus: parts.bus, app, folded, clock: process.clock, logger: process.logger };
  return Object.entries(operations).map(([operation, handle]) =>
    serveOperation(deps, { service: 'ecs', operation, kind }, handle),
  );
}

export async function startStateStore(world: Surroundings, process: SimulatedProcess): Promise<RunningApp> {
  const parts = await partsOf(world, process, 'state-store');
  const { bus, journal, fold } = parts;
  const { clock, random, logger, name } = process;
  const assignments = new AssignmentPublisher(fold, world.storage.bucketFor(process), clock, logger);
  const owner = new JournalOwner({
    domain: ecs,
    app: 'state-store',
    journal,
    fold,
    leases: world.storage.leasesFor(process),
    bus,
    clock,
    random,
    logger,
    replicaId: name,
    onPromoted: () => assignments.start(),
    onDemoted: () => assignments.pause(),
    onFatal: (error) => world.fatal(process, error),
  });
  const api = new DomainApi(ecs, fold, owner.send, noPast);
  const questions = new OwnerQuestions(bus, clock);
  const services = new ServiceCommands(
    api,
    new TargetGroups(questions),
    new Registries(questions),
    new NamedNetworks(questions),
    DEFAULT_HEALTHY_AFTER_MS,
  );
  owner.start();
  void takeSnapshots(parts, process, () => owner.isWriter);
  const folded = foldedBy(fold);
  const serving = [
    ...serve(
      parts,
      process,
      'state-store',
      folded,
      'command',
      handlers(COMMANDS, (name, r) => api.command(name, r)),
    ),
    ...serve(
      parts,
      process,
      'state-store',
      folded,
      'command',
      handlers(SERVICE_COMMANDS, (name, r) => services.send(name, r)),
    ),
    ...serve(
      parts,
      process,
      'state-store',
      folded,
      'query',
      handlers(QUERIES, (name, r) => api.query(name, r)),
    ),
  ];
  return {
    fold,
    isWriter: () => owner.isWriter,
    holdsLease: () => owner.holdsLease,
    stop: async () => {
      await Promise.all(serving.map((subscription) => subscription.drain()));
      await owner.stop();
    },
  };
}

const handlers = <Name extends string>(
  names: readonly Name[],
  handle: (name: Name, request: Parameters<ApiHandler>[0]) => ReturnType<ApiHandler>,
) => Object.fromEntries(names.map((name) => [name, (request: Parameters<ApiHandler>[0]) => handle(name, request)]));

export async function startScheduler(world: Surroundings, process: SimulatedProcess): Promise<RunningApp> {
  const parts = await partsOf(world, process, 'scheduler');
  const { bus, journal, fold } = parts;
  const { clock, random, logger } = process;
  const commands = new CommandSender(bus, 'ecs', 'scheduler', clock);
  const following = followJournal(fold, journal, (error) => world.fatal(process, error));
  const tasks = new RunTaskService({
    fold,
    commands,
    networks: new NamedNetworks(new OwnerQuestions(bus, clock)),
    clock,
    random,
    logger,
  });
  const leases = world.storage.leasesFor(process, world.everySchedulerLeads ? new MemoryLeaseServer() : undefined);
  const seen: ServiceLoopDeps['fold'] = {
    get state() {
      return world.planted?.services?.(fold.state, 'scheduler') ?? fold.state;
    },
    get revision() {
      return fold.revision;
    },
    nowMs: () => fold.nowMs(),
    waitFor: (revision, timeoutMs) => fold.waitFor(revision, timeoutMs),
    subscribe: (listener) => fold.subscribe(listener),
  };
  const services = new ServiceLoop({ fold: seen, commands, leases, clock, random, logger, replicaId: process.name });
  const call = () => answerOfHook(world.chaos, clock);
  const hooks = new HookLoop({ fold, commands, call, isActive: () => services.isActive, clock, random, logger });
  void fold.caughtUpWithStart.then(() => {
    services.start();
    hooks.start();
  });
  const serving = serve(parts, process, 'scheduler', foldedBy(fold), 'command', {
    RunTask: (request) => tasks.runTask(request),
    StartTask: (request) => tasks.startTask(request),
  });
  return {
    fold,
    stop: async () => {
      await Promise.all(serving.map((subscription) => subscription.drain()));
      hooks.stop();
      await services.stop();
      following.stop();
    },
  };
}

export async function startHealthMonitor(world: Surroundings, process: SimulatedProcess): Promise<RunningApp> {
  const { bus, journal, fold } = await partsOf(world, process, 'health-monitor');
  const { clock, random, logger, name } = process;
  const monitor = new HealthMonitor({
    // Short, so that cut-off hosts of a few seconds are given up and come back.
    lostGraceMs: 4_000,
    heartbeatsPerSecond: world.heartbeatsPerSecond,
    bus: world.planted?.heard?.(bus) ?? bus,
    fold,
    leases: world.storage.leasesFor(process),
    caughtUp: async (timeoutMs) => fold.waitFor(await journal.head(), timeoutMs),
    clock,
    random,
    logger,
    replicaId: name,
  });
  const following = followJournal(fold, journal, (error) => world.fatal(process, error));
  void fold.caughtUpWithStart.then(() => monitor.start());
  return {
    fold,
    stop: async () => {
      await monitor.stop();
      following.stop();
    },
  };
}

export async function startLoadBalancer(world: Surroundings, process: SimulatedProcess): Promise<RunningApp> {
  const { bus, journal, fold } = await partsOf(world, process, 'load-balancer');
  const { clock, random, logger } = process;
  const commands = new CommandSender(bus, 'ecs', 'load-balancer' as Actor, clock);
  const balancer = new SimulatedLoadBalancer({ state: fold.state, targets: world.balanced, commands, clock, random });
  const following = followJournal(fold, journal, (error) => world.fatal(process, error));
  void fold.caughtUpWithStart.then(() => balancer.run());
  const answers = { DescribeTargetGroups: describeTargetGroups, DescribeRules: describeRules };
  const serving = Object.entries(answers).map(([operation, answer]) =>
    serveOperation(
      { bus, app: 'load-balancer', folded: foldsNothing, clock, logger },
      { service: 'elasticloadbalancing', operation, kind: 'query' },
      ({ input }) => Promise.resolve(answer(input as never)),
    ),
  );
  return {
    fold,
    stop: async () => {
      balancer.stop();
      await Promise.all(serving.map((subscription) => subscription.drain()));
      following.stop();
    },
  };
}

function describeTargetGroups({ TargetGroupArns: [arn] }: { readonly TargetGroupArns: readonly string[] }): ApiAnswer {
  const group = targetGroup(arn!);
  if (!group) return { rejection: { code: 'TargetGroupNotFound', message: 'One or more target groups not found', status: 400 } };
  const LoadBalancerArns = group.hasLoadBalancer
    ? ['arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/a/1']
    : [];
  return { output: { TargetGroups: [{ TargetGroupArn: group.arn, TargetType: 'instance', LoadBalancerArns }] } };
}

function describeRules({ RuleArns: [arn] }: { readonly RuleArns: readonly string[] }): ApiAnswer {
  const TargetGroups = groupsOfRule(arn!).map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 }));
  return { output: { Rules: [{ RuleArn: arn, Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }] }] } };
}

export function startAgent(
  world: Surroundings,
  process: SimulatedProcess,
  host: SimulatedHost,
): RunningApp & { readonly agent: Agent } {
  const { clock, random, logger } = process;
  const engine = host.engine();
  const store = host.store(() => process.isAlive);
  const agent = new Agent(
    {
      name: { accountId: ACCOUNT, region: REGION, instanceId: host.instanceId },
      registration: host.registration,
      addresses: ['127.0.0.1'],
      cleanupWaitMs: CLEANUP_WAIT_MS,
    },
    {
      bus: world.network.connect(process),
      assignments: world.storage.sourceFor(process, host.instanceId),
      store: process.guard(store),
      runtime: process.guard(world.planted?.engine?.(engine) ?? engine),
      hostLimits: NO_LIMITS,
      puller: process.guard(host.puller()),
      clock,
      random,
      logger,
    },
  );
  agent.start().catch((error: unknown) => world.fatal(process, error));
  return {
    agent,
    stop: () => {
      agent.stop();
      return Promise.resolve();
    },
  };
}
