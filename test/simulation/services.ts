import { desiredCountOf, planStep } from '#lib/ecs/services/reconcile';
import { type EcsState, hasTaskSets, type Service } from '#lib/ecs/model';
import { BAD, GOOD, PORTED } from './task-definitions.js';
import { shifting } from './lifecycle-hooks.js';
import { behindSome, isSickGroup, twoSided } from './target-groups.js';
import { repairTaskSets, unsettledTaskSet, wishForTaskSet } from './task-sets.js';
import type { World } from './world.js';

export const SERVICE_NAMES = ['blue', 'green'];

const CONFIGURATIONS = [
  { minimumHealthyPercent: 100, maximumPercent: 200 },
  { minimumHealthyPercent: 100, maximumPercent: 150 },
  { minimumHealthyPercent: 50, maximumPercent: 200 },
  { minimumHealthyPercent: 50, maximumPercent: 150 },
  { minimumHealthyPercent: 75, maximumPercent: 125 },
  { minimumHealthyPercent: 0, maximumPercent: 100 },
  // No roll-out can ever begin: the service wants fewer than ten.
  { minimumHealthyPercent: 100, maximumPercent: 110 },
];
const THRESHOLDS = [
  undefined,
  { type: 'BOUNDED_PERCENT', value: 100 },
  { type: 'UNBOUNDED_PERCENT', value: 50 },
  { type: 'COUNT', value: 2 },
  { type: 'COUNT', value: 5 },
];
type Ask = (operation: string, input: object) => Promise<unknown>;

/** One wish about a service: made, scaled, rolled out, stopped or deleted, whatever state it is in. Refusals are answers, too. */
export async function wishForService(world: World, ask: Ask): Promise<void> {
  const { chaos, auditor } = world;
  if (chaos.random.next() < 0.25) return wishForTaskSet(world, [...GOOD, ...BAD], ask);
  const service = chaos.pick(SERVICE_NAMES);
  const now = active(auditor.state).find(({ serviceName }) => serviceName === service);
  const dice = chaos.random.next();
  const isBalanced = now ? (now.loadBalancers?.length ?? 0) > 0 : chaos.random.next() < 0.5;
  const family = () => chaos.pick(isBalanced ? PORTED : chaos.random.next() < 0.6 ? GOOD : BAD);
  if (!now) {
    const thresholdConfiguration = chaos.pick(THRESHOLDS);
    const isDaemon = chaos.random.next() < 0.25;
    const isTwoSided = isBalanced && !isDaemon && chaos.random.next() < 0.6;
    await ask('CreateService', {
      serviceName: service,
      taskDefinition: family(),
      ...(isBalanced ? { loadBalancers: isTwoSided ? twoSided(chaos, service) : behindSome(chaos) } : {}),
      ...(isDaemon ? { schedulingStrategy: 'DAEMON' } : { desiredCount: chaos.between(0, 5) }),
      ...(dice < 0.3 ? { healthCheckGracePeriodSeconds: 15 } : {}),
      deploymentConfiguration: {
        ...(isDaemon ? { minimumHealthyPercent: chaos.pick([0, 50]) } : chaos.pick(CONFIGURATIONS)),
        ...(isTwoSided ? shifting(chaos) : chaos.random.next() < 0.1 ? { bakeTimeInMinutes: 1 } : {}),
        deploymentCircuitBreaker: {
          enable: dice < 0.8,
          rollback: dice < 0.6,
          resetOnHealthyTask: chaos.random.next() < 0.8,
          ...(thresholdConfiguration ? { thresholdConfiguration } : {}),
        },
      },
    });
    return;
  }
  const { serviceDeploymentArn, lifecycle } = now.deployments[0]!;
  const isTwoSided = now.loadBalancers?.some(({ advancedConfiguration }) => advancedConfiguration) === true;
  const paused = lifecycle?.hooks?.find(({ status }) => status === 'AWAITING_ACTION');
  if (paused && chaos.random.next() < 0.5) {
    const { hookId } = paused;
    return void (await ask('ContinueServiceDeployment', {
      serviceDeploymentArn,
      hookId,
      action: chaos.pick(['CONTINUE', 'ROLLBACK']),
    }));
  }
  if (dice < 0.05) await ask('DeleteService', { service, force: true });
  else if (dice < 0.13) await protectSome(auditor.state, now, dice < 0.1, ask);
  else if (dice < 0.28) await ask('UpdateService', { service, desiredCount: chaos.between(0, 6) });
  else if (dice < 0.37) await ask('UpdateService', { service, deploymentConfiguration: chaos.pick(CONFIGURATIONS) });
  else if (dice < 0.5)
    await ask('StopServiceDeployment', { serviceDeploymentArn, stopType: chaos.pick(['ROLLBACK', 'ROLLBACK', 'ABORT']) });
  else if (dice < 0.56) await ask('UpdateService', { service, forceNewDeployment: true });
  else if (dice < 0.62 && isBalanced)
    await ask('UpdateService', {
      service,
      loadBalancers: isTwoSided ? twoSided(chaos, service) : chaos.random.next() < 0.2 ? [] : behindSome(chaos),
      ...(isTwoSided ? { deploymentConfiguration: chaos.random.next() < 0.3 ? { strategy: 'ROLLING' } : shifting(chaos) } : {}),
    });
  else await ask('UpdateService', { service, taskDefinition: family(), forceNewDeployment: dice > 0.9 });
}

/** For the shortest time that there is, so that it ends by itself in every world. */
async function protectSome(state: EcsState, { serviceArn }: Service, protectionEnabled: boolean, ask: Ask): Promise<void> {
  const tasks = [...state.tasks.by('service', serviceArn)].filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  if (tasks.length === 0) return;
  const some = tasks.slice(0, 3).map(({ taskArn }) => taskArn);
  await ask('UpdateTaskProtection', { cluster: 'default', tasks: some, protectionEnabled, expiresInMinutes: 1 });
}

/**
 * What nobody but its user can mend: tasks that do not stay, a deployment that has FAILED or that a hook can still end,
 * percentages that let nothing move.
 */
function isHopeless(state: EcsState, service: Service): boolean {
  const { taskDefinitionArn, deployments, deploymentConfiguration } = service;
  const { minimumHealthyPercent, maximumPercent } = deploymentConfiguration;
  const desiredCount = desiredCountOf(state, service);
  const isBad = BAD.some((family) => taskDefinitionArn?.includes(`/${family}:`));
  const canStart = Math.floor((desiredCount * maximumPercent) / 100) > desiredCount;
  const canStop = Math.ceil((desiredCount * minimumHealthyPercent) / 100) < desiredCount;
  const isSick = service.loadBalancers?.some(
    (one) => isSickGroup(one) || isSickGroup({ targetGroupArn: one.advancedConfiguration?.alternateTargetGroupArn ?? '' }),
  );
  const { rolloutState } = deployments[0]!;
  const isAtRisk = rolloutState === 'IN_PROGRESS' && (deploymentConfiguration.lifecycleHooks?.length ?? 0) > 0;
  return isSick || isBad || rolloutState === 'FAILED' || isAtRisk || !(canStart || canStop);
}

/** When all is healed: something that can run for those that could not come to rest. All others have to by themselves. */
export async function repairServices(world: World, ask: Ask): Promise<void> {
  const { state } = world.auditor;
  await repairTaskSets(world, BAD, ask);
  const rolling = active(state).filter((service) => !hasTaskSets(service));
  for (const service of rolling.filter((candidate) => isHopeless(state, candidate))) {
    const isDaemon = service.schedulingStrategy === 'DAEMON';
    await ask('UpdateService', {
      service: service.serviceName,
      taskDefinition: 'small',
      loadBalancers: [],
      deploymentConfiguration: isDaemon ? { minimumHealthyPercent: 0 } : { maximumPercent: 200, strategy: 'ROLLING' },
      forceNewDeployment: true,
    });
  }
}

export async function deleteServices(world: World, ask: Ask): Promise<void> {
  for (const service of active(world.auditor.state)) await ask('DeleteService', { service: service.serviceName, force: true });
}

const active = (state: EcsState) => [...state.services.values()].filter(({ status }) => status === 'ACTIVE');

/** The first service that is not as it is wanted, and could be. */
export function unsettledService(world: World): string | undefined {
  const { state } = world.auditor;
  for (const service of state.services.values()) {
    if (service.status === 'DRAINING') return `${service.serviceArn} is DRAINING`;
    if (hasTaskSets(service)) {
      const unsettled = unsettledTaskSet(world, service);
      if (unsettled) return unsettled;
      continue;
    }
    if (service.status === 'INACTIVE' || isAsWanted(state, service)) continue;
    const { command, waitsForCapacity } = planStep(state, service, world.time.wallMs, () => 0);
    if (!command && (waitsForCapacity || waitsForReplicas(state, service))) continue;
    const [primary] = service.deployments;
    return `${service.serviceArn} has ${service.deployments.length} deployments, the first ${JSON.stringify(primary)}`;
  }
  return undefined;
}

/** Where a daemon drains it stays until all replicas have left; these are of services that may wait for capacity, and are looked at themselves. */
function waitsForReplicas(state: EcsState, { serviceArn, schedulingStrategy }: Service): boolean {
  if (schedulingStrategy !== 'DAEMON') return false;
  return [...state.tasks.by('service', serviceArn)].some(
    ({ containerInstanceArn }) =>
      state.containerInstances.get(containerInstanceArn)?.status === 'DRAINING' &&
      [...state.tasks.by('instance', containerInstanceArn)].some(
        ({ replica }) => replica && state.services.get(replica.serviceArn)?.schedulingStrategy === 'REPLICA',
      ),
  );
}

function isAsWanted(state: EcsState, service: Service): boolean {
  const { serviceArn, deployments } = service;
  const desiredCount = desiredCountOf(state, service);
  const tasks = [...state.tasks.by('service', serviceArn)];
  const running = tasks.filter((task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING');
  return (
    deployments.length === 1 &&
    deployments[0]!.rolloutState === 'COMPLETED' &&
    running.length === desiredCount &&
    tasks.length === desiredCount
  );
}
