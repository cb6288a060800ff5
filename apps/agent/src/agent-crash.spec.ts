import { describe, it, expect } from '@jest/globals';
import { seededRandom, type Random } from '#lib/platform';
import type { TaskDefinitionPayload } from '#lib/ecs/model';
import {
  container,
  definitionOf,
  entryOf,
  SimulatedHost,
  TASK_NETWORK,
  taskArnOf,
} from '../../../test/support/simulated-host.js';
import type { AgentDeps } from './agent.js';
import { labels } from './domain/container-spec.js';
import { PAUSE } from './domain/pause-spec.js';

const SEEDS = 150;
const STEPS = 40;

const containers = [
  container({ name: 'init', image: 'exit:0', essential: false }),
  container({
    name: 'main',
    portMappings: [{ containerPort: 80 }],
    dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
  }),
];
const SHARED = definitionOf(containers);
const OWN_NETWORK = definitionOf(containers, { networkMode: 'awsvpc' });

/** One life of an agent's process: after `killIn` more calls to the outside nothing that it does has any effect. */
class Life {
  dead = false;
  private callsLeft = Infinity;
  private afterTheDeed = false;

  killIn(calls: number, afterTheDeed: boolean): void {
    this.callsLeft = calls;
    this.afterTheDeed = afterTheDeed;
  }

  wrap<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member = (target as Record<string | symbol, unknown>)[name];
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.call(() => (member as (...args: unknown[]) => unknown).apply(target, args));
      },
    });
  }

  private call(deed: () => unknown): unknown {
    const never = new Promise(() => undefined);
    if (this.dead) return never;
    this.callsLeft--;
    if (this.callsLeft <= 0 && !this.afterTheDeed) {
      this.dead = true;
      return never;
    }
    const result = deed();
    if (this.callsLeft <= 0) this.dead = true;
    if (!(result instanceof Promise)) return result;
    const unlessDead =
      <T>(go: (value: T) => void) =>
      (value: T) => {
        if (!this.dead) go(value);
      };
    return new Promise((resolve, reject) => result.then(unlessDead(resolve), unlessDead(reject)));
  }
}

class World {
  readonly random: Random;
  readonly host: SimulatedHost;
  life = new Life();
  deaths = 0;
  private readonly desired = new Map<string, 'RUNNING' | 'STOPPED'>();
  private tasks = 0;

  constructor(
    seed: number,
    readonly definition: TaskDefinitionPayload,
  ) {
    this.random = seededRandom(seed);
    const options = { latencyMs: { least: 0, most: 200 }, unavailability: 0.05 };
    this.host = new SimulatedHost(seed + 1_000_000, options, { wrap: (deps) => this.wrapped(deps), cleanupWaitMs: 600_000_000 });
    this.host.controlPlane.definitions.set(definition.taskDefinitionArn, definition);
    this.host.controlPlane.network = TASK_NETWORK;
  }

  private wrapped(deps: AgentDeps): AgentDeps {
    this.life = new Life();
    const { bus, assignments, store, runtime, puller } = deps;
    return {
      ...deps,
      bus: this.life.wrap(bus),
      assignments: this.life.wrap(assignments),
      store: this.life.wrap(store),
      runtime: this.life.wrap(runtime),
      puller: this.life.wrap(puller),
    };
  }

  private below = (limit: number) => Math.floor(this.random.next() * limit);

  private assign(): void {
    this.host.controlPlane.assign(
      [...this.desired].map(([id, desiredStatus]) => entryOf(taskArnOf(id), this.definition, { desiredStatus })),
    );
  }

  async step(): Promise<void> {
    const { host } = this;
    const kind = this.below(8);
    if (kind <= 1) this.desired.set(`task-${this.tasks++}`, 'RUNNING');
    else if (kind === 2 && this.tasks > 0) this.desired.set(`task-${this.below(this.tasks)}`, 'STOPPED');
    else if (kind === 3) host.controlPlane.reachable = !host.controlPlane.reachable;
    else if (kind === 4) this.life.killIn(this.below(30), this.random.next() < 0.5);
    else if (kind === 5 && this.random.next() < 0.3) await this.restartEngine();
    else if (kind === 6) this.crashOne();
    else if (kind === 7 && this.life.dead && this.random.next() < 0.2) host.store.wipe();
    if (kind <= 2) this.assign();
    await host.clock.advance(this.below(1_500));
    this.addressesAreGivenBack();
    if (this.life.dead) await this.reboot();
  }

  private async reboot(): Promise<void> {
    this.deaths++;
    await this.host.clock.advance(this.below(500));
    this.host.agent = this.host.newAgent();
    // A start may die too, so nobody waits for it.
    void this.host.agent.start();
  }

  private async restartEngine(): Promise<void> {
    this.host.runtime.goAway();
    await this.host.clock.advance(this.below(3_000));
    this.host.runtime.comeBack();
  }

  private crashOne(): void {
    const running = this.host.runtime.running();
    const victim = running[this.below(running.length)];
    if (victim) this.host.runtime.crash(victim.runtimeId, 1);
  }

  async heal(): Promise<void> {
    this.host.controlPlane.reachable = true;
    this.life.killIn(Infinity, false);
    if (this.life.dead) await this.reboot();
    this.assign();
    await this.host.clock.advance(180_000);
  }

  check(): void {
    const { runtime, controlPlane } = this.host;
    // A pause container runs nothing of anybody's: one that ended before it was known to run is started once more.
    const starts = runtime.starts.filter((name) => !name.includes('-pause-'));
    const twice = starts.filter((name, index) => starts.indexOf(name) !== index);
    expect(twice).toEqual([]);
    const running = new Set(runtime.running().map(({ labels }) => labels['com.amazonaws.ecs.task-arn']));
    for (const [id, desired] of this.desired) {
      const report = controlPlane.reports.get(taskArnOf(id));
      const settled = desired === 'STOPPED' ? ['STOPPED'] : ['RUNNING', 'STOPPED'];
      expect({ id, status: report?.status, settled: settled.includes(report?.status ?? '') }).toMatchObject({
        id,
        settled: true,
      });
      expect({ id, running: running.has(taskArnOf(id)) }).toEqual({ id, running: report!.status === 'RUNNING' });
    }
    expect(this.host.agent.status().unacknowledgedReports).toBe(0);
    this.statusesOnlyRise();
    this.addressesAreGivenBack();
  }

  /** Whoever hears that a task is over may give its address to another one. */
  private addressesAreGivenBack(): void {
    const over = (taskArn: string) => this.host.controlPlane.reports.get(taskArn)?.status === 'STOPPED';
    const pauses = this.host.runtime.known().filter((one) => one.labels[labels.containerName] === PAUSE);
    expect(pauses.map((one) => one.labels[labels.taskArn]!).filter(over)).toEqual([]);
  }

  private statusesOnlyRise(): void {
    const ranks = { PENDING: 0, RUNNING: 1, STOPPING: 2, DEPROVISIONING: 3, STOPPED: 4 };
    const latest = new Map<string, number>();
    for (const { taskArn, status } of this.host.controlPlane.history) {
      expect(ranks[status]).toBeGreaterThanOrEqual(latest.get(taskArn) ?? 0);
      latest.set(taskArn, ranks[status]);
    }
  }
}

describe('an agent killed at any await', () => {
  it.each([
    ['on the host’s network', SHARED],
    ['with addresses of their own', OWN_NETWORK],
  ])(
    `runs nothing twice, loses nothing and says so, in ${SEEDS} worlds of tasks %s`,
    async (_network, definition) => {
      let deaths = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const world = new World(seed, definition);
        await world.host.agent.start();
        for (let step = 0; step < STEPS; step++) await world.step();
        await world.heal();
        try {
          world.check();
        } catch (error) {
          throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
        }
        world.host.agent.stop();
        deaths += world.deaths;
      }
      expect(deaths).toBeGreaterThan(SEEDS);
    },
    120_000,
  );
});
