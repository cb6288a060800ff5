import type { HostAnswer, HostList, HostToStart } from '#lib/ecs/model';
import { planWaiting } from '#lib/ecs/tasks';
import { seededRandom, silentLogger } from '#lib/platform';
import { GroupLoop } from '../../apps/autoscaler/src/groups/group-loop.js';
import { GroupPolicies } from '../../apps/autoscaler/src/groups/group-policies.js';
import type { InstanceProvider } from '../../apps/autoscaler/src/groups/instance-provider.js';
import { MemoryMetricStore } from '../../apps/autoscaler/src/metrics/memory-metric-store.js';
import { CapacityWorld } from './capacity-world.js';
import { HONOURED } from './ecs-world.js';
import { ScalingWorld } from './scaling-world.js';
import { VirtualClock } from './virtual-clock.js';

export const GROUP = {
  AutoScalingGroupName: 'a',
  MinSize: 1,
  MaxSize: 4,
  LaunchTemplate: { LaunchTemplateName: 'host' },
  VPCZoneIdentifier: 's',
};

/** Hosts that register as soon as they are started, each with room for two tasks of 1,000 MiB. */
class Machines implements InstanceProvider {
  readonly hosts = new Map<string, HostToStart>();
  starts = 0;
  ends = 0;
  answer: HostAnswer = { done: true };
  away = false;
  /** What the launcher says of hosts that are processes, and who starts those of groups that do not say it. */
  says: Partial<Extract<HostList, { hosts: readonly string[] }>> = {};

  constructor(private readonly ecs: CapacityWorld) {}

  start(host: HostToStart): Promise<HostAnswer> {
    this.starts++;
    if ('done' in this.answer && !this.hosts.has(host.instanceId)) {
      this.hosts.set(host.instanceId, host);
      const attributes = [...HONOURED.map((name) => ({ name })), { name: 'auto-scaling-group', value: host.group }];
      this.ecs.instance(host.instanceId, { attributes, cluster: host.cluster });
    }
    return Promise.resolve(this.answer);
  }

  end({ instanceId }: { instanceId: string }): Promise<HostAnswer> {
    this.ends++;
    this.hosts.delete(instanceId);
    return Promise.resolve({ done: true });
  }

  list(): Promise<HostList> {
    return Promise.resolve(this.away ? { unavailable: 'away' } : { ...this.says, hosts: [...this.hosts.keys()] });
  }
}

/** The loop of Auto Scaling groups with its machines and journals. */
export class GroupLoopWorld {
  readonly clock = new VirtualClock();
  readonly scaling = new ScalingWorld();
  readonly ecs = new CapacityWorld();
  readonly machines = new Machines(this.ecs);
  /** Providers and clusters with their reservations, as they were told. */
  readonly told: [string, number][] = [];
  /** By which the machine's clock is off. */
  stepMs = 0;
  /** What launch templates say. */
  named: string | undefined;
  loop = this.newLoop();

  /** Another replica, which has what the journals have. */
  newLoop(): GroupLoop {
    const { clock, scaling, ecs, machines: hosts } = this;
    return new GroupLoop({
      fold: { state: scaling.state, nowMs: () => clock.now() + this.stepMs },
      ecs: { state: ecs.state, caughtUpWithStart: Promise.resolve() },
      hosts,
      policies: new GroupPolicies(scaling, new MemoryMetricStore()),
      templates: { clusterOf: () => Promise.resolve(this.named) },
      send: async ({ name, input }: { name: string; input: unknown }) => {
        scaling.now = clock.now();
        const { output } = scaling.command(name, input) as { output: unknown };
        return { output, revision: scaling.commits.length } as never;
      },
      toEcs: async (name, { input }) => ({ ...ecs.command(name, input, 'autoscaler'), revision: ecs.commits.length }) as never,
      told: (_scope, samples) => {
        for (const { dimensions, summary } of samples)
          this.told.push([dimensions.map(({ Value }) => Value).join('/'), summary.sum]);
      },
      clock,
      random: seededRandom(2),
      logger: silentLogger,
    });
  }

  /** Rounds, and what the scheduler does between them. */
  async seconds(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.loop.round();
      await this.clock.advance(1_000);
      for (const { placements } of planWaiting(this.ecs.state, () => 0))
        this.ecs.given('PlaceWaitingTasks', { placements }, 'scheduler');
    }
  }

  group(more: object = {}): void {
    this.scaling.ok('CreateAutoScalingGroup', { ...GROUP, ...more });
    this.ecs.provider('a', { managedScaling: { status: 'ENABLED' }, managedTerminationProtection: 'ENABLED' });
    this.ecs.associate(['a']);
  }

  get shown() {
    const [group] = this.scaling.state.autoScalingGroups.values();
    return group!;
  }

  activities = () => this.scaling.ask('DescribeActivitiesOfGroups', { AutoScalingGroupName: 'a' }).Activities as any[];
}
