import type { PlantedBug } from './surroundings.js';
import { everyFault, type FaultKind } from './faults.js';
import { checkAgreement, checkNothingRanTwice, finalWishes, hearOthersOfARefusedHost, judgeAnew, settle } from './liveness.js';
import { Workload } from './workload.js';
import { World } from './world.js';

export interface SeedOptions {
  readonly seed: number;
  /** Virtual minutes with faults; healing comes on top. */
  readonly minutes: number;
  readonly planted?: PlantedBug;
  readonly trace?: (line: string) => void;
}

export interface SeedResult {
  readonly seed: number;
  readonly violation?: { readonly property: string; readonly message: string; readonly revision?: number };
  readonly virtualMs: number;
  readonly commits: number;
  readonly tasks: number;
  readonly answered: number;
  readonly unavailable: number;
  readonly untoldTasks: number;
  readonly starts: number;
  /** Starts that began from a snapshot. */
  readonly restored: number;
  readonly events: number;
  readonly faults: Partial<Record<FaultKind, number>>;
  /** What services went through: deployments, breaker, rollback, throttled starts … */
  readonly services: Readonly<Record<string, number>>;
  /** Of the final state: equal seeds have to give equal worlds. */
  readonly digest: string;
}

const USERS = 2;

/** One world: safety while everything goes wrong, then health, then liveness. */
export async function runSeed({ seed, minutes, planted, trace }: SeedOptions): Promise<SeedResult> {
  const world = new World({ seed, faults: everyFault, ...(planted ? { planted } : {}), ...(trace ? { trace } : {}) });
  const workload = new Workload(world);
  workload.start(USERS);
  await world.run(minutes * 60_000);
  workload.finish();
  world.heal();
  void workload.repairServices();
  if (!world.violation) await settle(world, workload);
  if (!world.violation) world.judge(() => checkAgreement(world));
  if (!world.violation) await judgeAnew(world);
  if (!world.violation) await hearOthersOfARefusedHost(world, workload);
  if (!world.violation) await finalWishes(world, workload);
  if (!world.violation) world.judge(() => checkNothingRanTwice(world));
  if (!world.violation) world.judge(() => checkAgreement(world));
  return resultOf(seed, world, workload);
}

export function resultOf(seed: number, world: World, workload: Workload): SeedResult {
  const { violation, auditor, time } = world;
  return {
    seed,
    ...(violation
      ? {
          violation: {
            property: violation.property,
            message: violation.message,
            revision: violation.revision ?? auditor.revision,
          },
        }
      : {}),
    virtualMs: time.nowMs,
    commits: auditor.revision,
    tasks: auditor.placed.size,
    answered: workload.answered,
    unavailable: workload.unavailable,
    untoldTasks: workload.untoldTasks,
    starts: world.replicas.reduce((sum, replica) => sum + replica.starts, 0),
    restored: world.restored,
    events: time.events,
    faults: Object.fromEntries(world.chaos.occurrences),
    services: Object.fromEntries(auditor.services.seen),
    digest: auditor.digest(),
  };
}
