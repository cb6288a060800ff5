import { desiredCountOf, type EcsState, planStep, type Service } from '#lib/domain';
import { EPOCH_MS } from './virtual-time.js';
import type { World } from './world.js';

export const SERVICE_NAMES = ['blue', 'green'];

const CONFIGURATIONS = [
  { minimumHealthyPercent: 100, maximumPercent: 200 },
  { minimumHealthyPercent: 50, maximumPercent: 150 },
  { minimumHealthyPercent: 0, maximumPercent: 100 },
];
/** Tasks that stay, that cannot share an instance, that come up slowly, that exit, and that never start. */
const FAMILIES = ['small', 'small', 'dynamic-port', 'fixed-port', 'with-init', 'job', 'slow-stop', 'no-image'];

type Ask = (operation: string, input: object) => Promise<unknown>;

/** One wish about a service: made, scaled, rolled out or deleted, whatever state it is in. Refusals are answers, too. */
export async function wishForService({ chaos, auditor }: World, ask: Ask): Promise<void> {
  const name = chaos.pick(SERVICE_NAMES);
  const isThere = [...auditor.state.services.values()].some(
    (service) => service.serviceName === name && service.status === 'ACTIVE',
  );
  const dice = chaos.random.next();
  if (!isThere) {
    const isDaemon = chaos.random.next() < 0.3;
    await ask('CreateService', {
      serviceName: name,
      taskDefinition: chaos.pick(FAMILIES),
      ...(isDaemon ? { schedulingStrategy: 'DAEMON' } : { desiredCount: chaos.between(0, 5) }),
      deploymentConfiguration: {
        ...(isDaemon ? { minimumHealthyPercent: chaos.pick([0, 50]) } : chaos.pick(CONFIGURATIONS)),
        deploymentCircuitBreaker: { enable: dice < 0.7, rollback: dice < 0.5 },
      },
    });
  } else if (dice < 0.1) await ask('DeleteService', { service: name, force: true });
  else if (dice < 0.2) await protectSome(auditor.state, name, dice < 0.17, ask);
  else if (dice < 0.4) await ask('UpdateService', { service: name, desiredCount: chaos.between(0, 5) });
  else await ask('UpdateService', { service: name, taskDefinition: chaos.pick(FAMILIES), forceNewDeployment: dice > 0.8 });
}

async function protectSome(state: EcsState, name: string, protectionEnabled: boolean, ask: Ask): Promise<void> {
  const tasks = [...state.tasks.values()].filter(
    ({ group, desiredStatus }) => group === `service:${name}` && desiredStatus === 'RUNNING',
  );
  if (tasks.length === 0) return;
  const some = tasks.slice(0, 3).map(({ taskArn }) => taskArn);
  await ask('UpdateTaskProtection', { cluster: 'default', tasks: some, protectionEnabled, expiresInMinutes: 1 });
}

/** When all is healed: something that can run and a configuration that lets it, so that every service has to come to rest. */
export async function repairServices(world: World, ask: Ask): Promise<void> {
  for (const service of active(world.auditor.state)) {
    const isDaemon = service.schedulingStrategy === 'DAEMON';
    const deploymentConfiguration = isDaemon ? { minimumHealthyPercent: 0 } : { maximumPercent: 200 };
    await ask('UpdateService', {
      service: service.serviceName,
      taskDefinition: 'small',
      deploymentConfiguration,
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
    if (service.status === 'INACTIVE' || isAsWanted(state, service)) continue;
    const { command, waitsForCapacity } = planStep(state, service, EPOCH_MS + world.time.nowMs, () => 0);
    if (!command && waitsForCapacity) continue;
    const [primary] = service.deployments;
    return `${service.serviceArn} has ${service.deployments.length} deployments, the first ${JSON.stringify(primary)}`;
  }
  return undefined;
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
