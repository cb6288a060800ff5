import { Violation } from './auditor.js';
import { everydayFaults } from './faults.js';
import { GatewayClient } from './gateway-client.js';
import { unsettledService } from './services.js';
import { BAD, TASK_DEFINITIONS } from './task-definitions.js';
import { World } from './world.js';

const HOUR_MS = 3_600_000;
/** Of a week. */
const WEEK_HOURS = 7 * 24;
/** A roll-out that goes well takes half a minute, one that is rolled back a whole one. One that tries for ever is left alone then. */
const MOST_WORK_MS = 90_000;
const LOOK_EVERY_MS = 5_000;
/** Nobody sleeps longer than this without looking around (the writer's clock loop: every 5 s). */
const NAP_MS = 1_800_000;
const LOOK_AROUND_MS = 6_000;
const KEPT_REVISIONS = 5;

/** What may be left when the week is over and an hour has passed, whatever happened before. */
const MOST_LEFT: Readonly<Record<string, number>> = {
  tasks: 40,
  services: 2,
  serviceRevisions: 100,
  serviceDeployments: 100,
  taskDefinitions: 2 * (KEPT_REVISIONS + 3),
  requestTokens: 60,
  containerInstances: 3,
};

export interface WeekResult {
  readonly seed: number;
  readonly violation?: { readonly property: string; readonly message: string; readonly revision?: number };
  /** Of the simulated wall clock. */
  readonly hours: number;
  readonly commits: number;
  readonly tasks: number;
  readonly events: number;
  /** deployments, completed, breaker, rollback, throttled starts … */
  readonly seen: Readonly<Record<string, number>>;
  /** Entries of each table at the end. */
  readonly left: Readonly<Record<string, number>>;
}

/** Two services, one of them without a circuit breaker; each hour one of them gets a new revision, good or bad. */
class Week {
  readonly client: GatewayClient;
  /** service → its revisions, oldest first. */
  private readonly revisions = new Map<string, string[]>();

  constructor(private readonly world: World) {
    this.client = new GatewayClient(world);
  }

  async begin(): Promise<void> {
    for (const name of ['shop', 'search']) {
      const deploymentCircuitBreaker = { enable: name === 'shop', rollback: name === 'shop' };
      const taskDefinition = await this.register(name, 'small');
      const deploymentConfiguration = { deploymentCircuitBreaker };
      await this.ask('CreateService', { serviceName: name, taskDefinition, desiredCount: 4, deploymentConfiguration });
    }
  }

  async wish(): Promise<void> {
    const { chaos } = this.world;
    const service = chaos.random.next() < 0.85 ? 'shop' : 'search';
    const dice = chaos.random.next();
    if (dice < 0.1) await this.ask('UpdateService', { service, desiredCount: chaos.between(2, 8) });
    if (dice < 0.2) await this.ask('UpdateService', { service, forceNewDeployment: true });
    else
      await this.deploy(service, dice < 0.5 ? chaos.pick(BAD) : chaos.pick(['small', 'dynamic-port', 'checked', 'slow-start']));
    await this.ask('RunTask', { taskDefinition: service, count: 1, clientToken: chaos.random.hex(16) });
  }

  /** The last wish: something that runs. */
  async end(): Promise<void> {
    for (const service of this.revisions.keys()) await this.deploy(service, 'small');
    for (const task of this.world.auditor.state.tasks.values()) {
      if (!task.replica && task.desiredStatus === 'RUNNING') await this.ask('StopTask', { task: task.taskArn });
    }
  }

  private async deploy(service: string, behaviour: string): Promise<void> {
    await this.ask('UpdateService', { service, taskDefinition: await this.register(service, behaviour) });
  }

  private async register(family: string, behaviour: string): Promise<string | undefined> {
    const { containerDefinitions } = TASK_DEFINITIONS.find((definition) => definition.family === behaviour)!;
    const answer = (await this.ask('RegisterTaskDefinition', { family, containerDefinitions })) as
      { taskDefinition: { taskDefinitionArn: string } } | undefined;
    const revisions = this.revisions.get(family) ?? [];
    this.revisions.set(family, revisions);
    const arn = answer?.taskDefinition.taskDefinitionArn;
    if (arn) revisions.push(arn);
    while (revisions.length > KEPT_REVISIONS) {
      const taskDefinition = revisions.shift()!;
      await this.ask('DeregisterTaskDefinition', { taskDefinition });
      await this.ask('DeleteTaskDefinitions', { taskDefinitions: [taskDefinition] });
    }
    return arn;
  }

  private async ask(operation: string, input: object): Promise<unknown> {
    const answer = await this.client.call(operation, input);
    this.world.trace('client', `${operation} ${JSON.stringify(input)} → ${answer.kind}`);
    return answer.kind === 'output' ? answer.output : undefined;
  }
}

/** Runs while there is something to do, at most `mostMs`. */
async function work(world: World, wish: Promise<void>, mostMs: number): Promise<void> {
  let isAsked = false;
  void wish.then(() => (isAsked = true));
  for (let ms = 0; ms < mostMs && !world.violation; ms += LOOK_EVERY_MS) {
    await world.run(LOOK_EVERY_MS);
    if (isAsked && unsettledService(world) === undefined) return;
  }
}

async function sleepUntil(world: World, wallMs: number): Promise<void> {
  while (world.time.wallMs < wallMs && !world.violation) {
    world.time.suspend(Math.min(NAP_MS, wallMs - world.time.wallMs));
    await world.run(LOOK_AROUND_MS);
  }
}

/** A week in which a service is deployed every hour. Between the deployments all machines sleep. */
export async function runWeek(seed: number, trace?: (line: string) => void): Promise<WeekResult> {
  const replicas = { scheduler: 2, 'health-monitor': 1, 'load-balancer': 0, agent: 3 };
  const world = new World({ seed, faults: everydayFaults, replicas, ...(trace ? { trace } : {}) });
  const week = new Week(world);
  const { auditor, time } = world;
  const beganMs = time.wallMs;
  await world.run(10_000);
  await work(world, week.begin(), MOST_WORK_MS);
  for (let hour = 1; hour <= WEEK_HOURS && !world.violation; hour++) {
    await sleepUntil(world, beganMs + hour * HOUR_MS);
    await work(world, week.wish(), MOST_WORK_MS);
  }
  world.heal();
  await work(world, week.end(), 3 * MOST_WORK_MS);
  const unsettled = unsettledService(world);
  if (unsettled && !world.violation) world.violated(new Violation('healed, the world settles', unsettled));
  // Long enough for everything that is forgotten after an hour.
  await sleepUntil(world, time.wallMs + 1.2 * HOUR_MS);
  const left = Object.fromEntries(Object.entries(auditor.state).map(([table, { size }]) => [table, size as number]));
  for (const [table, most] of Object.entries(MOST_LEFT))
    if (left[table]! > most)
      world.violated(new Violation('what is over is forgotten', `${left[table]} ${table}, at most ${most}`));
  const { violation } = world;
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
    hours: (time.wallMs - beganMs) / HOUR_MS,
    commits: auditor.revision,
    tasks: auditor.placed.size,
    events: time.events,
    seen: Object.fromEntries(auditor.services.seen),
    left,
  };
}
