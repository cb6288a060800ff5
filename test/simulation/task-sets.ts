import { planStep } from '#lib/ecs/services/reconcile';
import type { Service } from '#lib/ecs/model';
import { setsOf } from './task-set-audit.js';
import { behindSome, isSickGroup } from './target-groups.js';
import { PORTED } from './task-definitions.js';
import type { World } from './world.js';

const SERVICE = 'red';
const OF = { cluster: 'default', service: SERVICE };
const SCALES = [0, 25, 33.3, 50, 100, 100];

type Ask = (operation: string, input: object) => Promise<unknown>;

const percent = (value: number) => ({ value, unit: 'PERCENT' });
/** One wish of whoever controls the deployments of a service: a task set made, scaled, made the primary one, deleted. */
export async function wishForTaskSet({ chaos, auditor }: World, families: readonly string[], ask: Ask): Promise<void> {
  const { state } = auditor;
  const now = [...state.services.values()].find(({ serviceName, status }) => serviceName === SERVICE && status === 'ACTIVE');
  const dice = chaos.random.next();
  if (!now) {
    const deploymentController = { type: 'EXTERNAL' };
    await ask('CreateService', { serviceName: SERVICE, deploymentController, desiredCount: chaos.between(0, 4) });
    return;
  }
  const sets = setsOf(state, now);
  if (dice < 0.04) await ask('DeleteService', { service: SERVICE, force: true });
  else if (dice < 0.15) await ask('UpdateService', { service: SERVICE, desiredCount: chaos.between(0, 4) });
  else if (sets.length === 0 || dice < 0.4) {
    const balanced = chaos.random.next() < 0.4 ? { taskDefinition: chaos.pick(PORTED), loadBalancers: behindSome(chaos) } : {};
    const scale = percent(chaos.pick(SCALES));
    await ask('CreateTaskSet', { ...OF, taskDefinition: chaos.pick(families), scale, ...balanced });
  } else {
    const taskSet = chaos.pick(sets).id;
    if (dice < 0.65) await ask('UpdateTaskSet', { ...OF, taskSet, scale: percent(chaos.pick(SCALES)) });
    else if (dice < 0.8) await ask('UpdateServicePrimaryTaskSet', { ...OF, primaryTaskSet: taskSet });
    else await ask('DeleteTaskSet', { ...OF, taskSet, force: dice > 0.85 });
  }
}

/** When all is healed: what cannot come to rest by itself goes. */
export async function repairTaskSets({ auditor: { state } }: World, bad: readonly string[], ask: Ask): Promise<void> {
  for (const { id, status, taskDefinitionArn, loadBalancers } of state.taskSets.values()) {
    const isBad = bad.some((family) => taskDefinitionArn.includes(`/${family}:`));
    if ((isBad || loadBalancers?.some(isSickGroup)) && status !== 'DRAINING')
      await ask('DeleteTaskSet', { ...OF, taskSet: id, force: true });
  }
}

/** The first task set that is not at its share, though nothing keeps it from it. */
export function unsettledTaskSet(world: World, service: Service): string | undefined {
  const { state } = world.auditor;
  const { command, waitsForCapacity } = planStep(state, service, world.time.wallMs, () => 0);
  if (!command && waitsForCapacity) return undefined;
  const unsettled = setsOf(state, service).find(
    (taskSet) => taskSet.stabilityStatus !== 'STEADY_STATE' || taskSet.status === 'DRAINING',
  );
  return unsettled && `${unsettled.taskSetArn} is ${unsettled.status} and ${unsettled.stabilityStatus}`;
}
