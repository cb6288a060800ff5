import { MOST_PER_STEP } from '#lib/ecs/services/reconcile';
import { everydayFaults } from './faults.js';
import { checkAgreement, settle } from './liveness.js';
import { type SeedResult, resultOf } from './run-seed.js';
import { TASK_DEFINITIONS } from './task-definitions.js';
import { Workload } from './workload.js';
import { World } from './world.js';

/** More than one commit can tell of. */
const SERVICES = 11;
/** As many as a service takes in one step. */
const TASKS_OF_EACH = MOST_PER_STEP;
const TASKS = SERVICES * TASKS_OF_EACH;
const FILLS_WITHIN_MS = 240_000;

const faults = {
  ...everydayFaults,
  intervalsMs: { ...everydayFaults.intervalsMs, processStopped: 60_000, containerExited: 20_000 },
};

/** One host with more than a thousand tasks: it is filled, loses its power for longer than the grace, comes back, and is taken out by force. */
export async function runCrowd(seed: number, trace?: (line: string) => void): Promise<SeedResult> {
  const replicas = { 'state-store': 2, scheduler: 1, 'health-monitor': 2, 'load-balancer': 0, agent: 1 };
  const hostResources = { cpu: 128 * TASKS, memoryMiB: 128 * TASKS };
  const world = new World({ seed, faults, replicas, hostResources, ...(trace ? { trace } : {}) });
  const workload = new Workload(world);
  const [host] = world.hosts;
  const small = TASK_DEFINITIONS.find(({ family }) => family === 'small')!;
  const isFull = () => {
    let running = 0;
    for (const { lastStatus } of world.auditor.state.tasks.values()) if (lastStatus === 'RUNNING') running++;
    return running === TASKS;
  };
  await world.run(10_000);
  void workload.registerTaskDefinition(small).then(async () => {
    for (let n = 1; n <= SERVICES; n++) await workload.createService(`crowd-${n}`, small.family, TASKS_OF_EACH);
  });
  await world.run(FILLS_WITHIN_MS, isFull);
  world.losePowerOf(host!, 60_000);
  await world.run(30_000);
  await world.run(FILLS_WITHIN_MS, isFull);
  void workload.deregister(host!);
  await world.run(30_000);
  world.heal();
  void workload.repairServices();
  await settle(world, workload);
  if (!world.violation) world.judge(() => checkAgreement(world));
  void workload.deleteServices();
  if (!world.violation) await settle(world, workload);
  return resultOf(seed, world, workload);
}
