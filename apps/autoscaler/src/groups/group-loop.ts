import type { SendToWriter } from '#lib/app';
import {
  type CapacityProvider,
  type EcsState,
  type HostAnswer,
  type HostKind,
  type HostSize,
  saysNoInstance,
} from '#lib/ecs/model';
import type { Scope } from '#lib/kernel';
import type { Fold } from '#lib/journal';
import { type CommandReply, ownCommandOf, type SendCommand } from '#lib/messaging';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';
import {
  groupIdOf,
  type GroupDecision,
  type InstanceOutcome,
  type Launches,
  type Termination,
} from '../domain/groups/instances.js';
import type { AutoScalingGroup, GroupInstance } from '../domain/groups/model.js';
import { groupKey } from '../domain/groups/names.js';
import { abandonedBy, heldBy } from '../domain/groups/lifecycle-hooks.js';
import { isSuspended } from '../domain/groups/processes.js';
import { dueGroupSchedules } from '../domain/groups/scheduled-actions.js';
import type { ScalingState } from '../domain/state.js';
import { ofSample } from '../metrics/domain/summary.js';
import type { Sample } from '../metrics/metric-store.js';
import { planGroup, refreshesDone } from './domain/plan-group.js';
import { calmMsOf, kindOf } from './domain/tags-of-group.js';
import { desiredFor, instancesWanted, reservationOf } from './domain/reservation.js';
import type { GroupPolicies } from './group-policies.js';
import type { InstanceProvider } from './instance-provider.js';
import type { LaunchTemplates } from './launch-templates.js';
import {
  clusterOf,
  clustersOf,
  type HostOfGroup,
  hostsByGroup,
  type HostsByGroup,
  lackingByProvider,
  managedProvider,
  providerOfGroup,
  resourcesOf,
  sizesOfGone,
  useOf,
} from './provider-use.js';

export interface GroupLoopDeps {
  readonly fold: Pick<Fold<ScalingState>, 'state' | 'nowMs'>;
  readonly ecs: Pick<Fold<EcsState>, 'state' | 'caughtUpWithStart'>;
  readonly hosts: InstanceProvider;
  /** Of groups that no provider manages. */
  readonly policies: Pick<GroupPolicies, 'decide'>;
  /** What the group's launch template says of itself, where nobody else says the cluster. */
  readonly templates: Pick<LaunchTemplates, 'clusterOf'>;
  readonly send: SendToWriter;
  /** What was found of a provider, as a metric. */
  readonly told: (scope: Scope, samples: readonly Sample[]) => void;
  /** To the writer of the `ecs` journal. */
  readonly toEcs: SendCommand;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const EVERY_MS = 1_000;
const LOOK_EVERY_MS = 5_000;
const SEND_FOR_MS = 4_000;
/** As often as all metrics are told (AWS: each minute). */
const TELL_EVERY_MS = 10_000;
/** A machine of a cloud has to start and its agent to join. */
const REGISTERS_WITHIN_MS = 10 * 60_000;
/** A launcher that is started anew is there again. */
const AWAY_AFTER_MS = 30_000;
/** A list that a cloud gives may be a little behind. */
const LOST_AFTER_LOOKS = 2;

const ownCommand = ownCommandOf('autoscaler');
const NO_HOSTS: ReadonlyMap<string, HostOfGroup> = new Map();

/**
 * Holds the hosts of Auto Scaling groups against their desired capacities, and these against what tasks need where a capacity provider manages
 * them; only the replica that writes does. A host is in the journal before it is asked for, and asked for under its own id until it is there:
 * whoever writes next goes on where this one stopped, and nothing is started twice.
 */
export class GroupLoop {
  private readonly seconds: Periodic;
  private readonly underWay = new Set<string>();
  /** Since when a group has had more than its tasks need, by groupKey(); monotonic. */
  private readonly calmSince = new Map<string, number>();
  private lookedAtMs = -Infinity;
  private toldAtMs = -Infinity;
  /** Launched instances that nobody had, at so many looks in a row. */
  private readonly missed = new Map<string, number>();
  /** Since when this replica has waited for launched instances to register, which those that were there have done; monotonic: a clock that is set makes none of them late. */
  private readonly awaitedSince = new Map<string, number>();
  /** Of a process host, as its launcher has said. */
  private size: HostSize | undefined;
  /** Who starts the hosts of groups that do not say it. */
  private kind: HostKind = 'process';
  /** Why no host can be started now, and since when (monotonic). */
  private away: { readonly why: string; readonly sinceMs: number } | undefined;

  constructor(private readonly deps: GroupLoopDeps) {
    this.seconds = new Periodic(deps.clock, EVERY_MS, () => this.round(), { first: 'at-once' });
  }

  start(): void {
    this.lookedAtMs = -Infinity;
    this.missed.clear();
    this.awaitedSince.clear();
    this.calmSince.clear();
    this.seconds.start();
  }

  stop(): void {
    this.seconds.stop();
  }

  async round(): Promise<void> {
    const { fold, ecs } = this.deps;
    await ecs.caughtUpWithStart;
    if (fold.state.autoScalingGroups.size === 0) return;
    await this.look();
    const hosts = hostsByGroup(ecs.state);
    await this.record('TriggerGroupSchedules', 'actions', dueGroupSchedules(fold.state, fold.nowMs()));
    await this.scale(hosts);
    await this.level(hosts);
    for (const group of fold.state.autoScalingGroups.values())
      for (const instance of group.instances) this.attend(group, instance, hosts.get(groupKey(group))?.get(instance.id));
    await this.forgetDeleted();
    await this.record('FinishInstanceRefreshes', 'refreshes', refreshesDone(fold.state, hosts));
  }

  /** What hosts there are; those of no group any more are ended. */
  private async look(): Promise<void> {
    const { clock, hosts, fold } = this.deps;
    if (clock.monotonicMs() < this.lookedAtMs + LOOK_EVERY_MS) return;
    // Those that come meanwhile may be missing in the list.
    const launched = [...instancesOf(fold.state)].filter(({ state }) => state === 'launched');
    const list = await hosts.list();
    if ('unavailable' in list) {
      const why = list.unavailable;
      if (this.away?.why !== why) this.deps.logger.info({ reason: why }, 'hosts of groups are not started');
      this.away = { why, sinceMs: this.away?.sinceMs ?? clock.monotonicMs() };
      this.missed.clear();
      return;
    }
    this.away = undefined;
    this.size = list.size;
    this.kind = list.kind ?? 'process';
    const ids = new Set(list.hosts);
    this.lookedAtMs = clock.monotonicMs();
    const misses = launched.flatMap(({ id }) => (ids.has(id) ? [] : [[id, (this.missed.get(id) ?? 0) + 1] as const]));
    this.missed.clear();
    for (const [id, times] of misses) this.missed.set(id, times);
    const known = new Set([...instancesOf(fold.state)].map(({ id }) => id));
    for (const instanceId of ids)
      if (!known.has(instanceId)) this.inBackground(instanceId, async () => void (await hosts.end({ instanceId })));
  }

  /** Managed scaling: what the tasks need, as the desired capacity. */
  private async scale(all: HostsByGroup): Promise<void> {
    const { fold, ecs, policies, clock, random } = this.deps;
    const nowMs = fold.nowMs();
    const lacking = lackingByProvider(ecs.state, nowMs, () => random.next());
    const gone = sizesOfGone(ecs.state, all);
    const decisions: GroupDecision[] = [];
    const tells = clock.monotonicMs() >= this.toldAtMs + TELL_EVERY_MS;
    if (tells) this.toldAtMs = clock.monotonicMs();
    for (const group of fold.state.autoScalingGroups.values()) {
      const provider = managedProvider(ecs.state, group);
      const key = groupKey(group);
      const hosts = all.get(key) ?? NO_HOSTS;
      if (isSuspended(group, 'AlarmNotification')) continue;
      if (!provider || group.isDeleting) {
        this.calmSince.delete(key);
        decisions.push(...policies.decide(group, hosts, nowMs));
        continue;
      }
      const { managedScaling } = provider.autoScalingGroupProvider;
      // Of what a command starts only the hosts themselves say it.
      const isProcess = (kindOf(group) ?? this.kind) === 'process';
      const size = isProcess ? this.size && resourcesOf(this.size) : gone.get(key);
      const use = useOf(group, provider, hosts, lacking, size);
      const wanted = instancesWanted(use, managedScaling);
      const reservation = reservationOf(wanted, use.instances);
      if (tells) this.tellReservation(provider, reservation);
      const { MinSize, MaxSize, DesiredCapacity: from } = group.settings;
      const to = Math.min(MaxSize, Math.max(MinSize, desiredFor(wanted, managedScaling)));
      const isLess = to < from && use.lacking === 0;
      if (!isLess) this.calmSince.delete(key);
      else if (!this.calmSince.has(key)) this.calmSince.set(key, clock.monotonicMs());
      const isCalm = isLess && clock.monotonicMs() >= this.calmSince.get(key)! + calmMsOf(group);
      if (to <= from && !isCalm) continue;
      const cause = `managed scaling of the capacity provider ${provider.name} changed the desired capacity from ${from} to ${to}: CapacityProviderReservation was ${Math.round(reservation)} %, its target is ${managedScaling.targetCapacity} %`;
      decisions.push({ ...groupIdOf(group), from, to, cause });
    }
    await this.record('ScaleAutoScalingGroups', 'groups', decisions);
  }

  /** Of each cluster that has it, as ECS tells it. */
  private tellReservation(provider: CapacityProvider, reservation: number): void {
    const { ecs, clock, told } = this.deps;
    const { accountId, region, name } = provider;
    const samples = clustersOf(ecs.state, provider).map((cluster): Sample => ({
      namespace: 'AWS/ECS/ManagedScaling',
      name: 'CapacityProviderReservation',
      dimensions: [
        { Name: 'CapacityProviderName', Value: name },
        { Name: 'ClusterName', Value: cluster },
      ],
      unit: 'Percent',
      atMs: clock.now(),
      summary: ofSample(reservation),
    }));
    if (samples.length > 0) told({ accountId, region }, samples);
  }

  /** As many hosts as are desired. */
  private async level(all: HostsByGroup): Promise<void> {
    const { fold, ecs } = this.deps;
    const nowMs = fold.nowMs();
    const launches: Launches[] = [];
    const terminations: Termination[] = [];
    for (const group of fold.state.autoScalingGroups.values()) {
      const hosts = all.get(groupKey(group)) ?? NO_HOSTS;
      const settings = providerOfGroup(ecs.state, group)?.autoScalingGroupProvider;
      const isProtected = settings?.managedTerminationProtection === 'ENABLED';
      const { launch, terminate, actual } = planGroup({ group, hosts, isProtected, nowMs });
      const because = group.scaled && group.settings.DesiredCapacity === group.scaled.to ? `${group.scaled.cause}. ` : '';
      const difference = 'in response to a difference between desired and actual capacity';
      if (launch > 0 && !group.isDeleting && kindOf(group) !== 'none' && (!this.away || this.isAwayForLong)) {
        const cause = `${because}an instance was started ${difference}, increasing the capacity from ${actual} to ${actual + launch}.`;
        const owned = group.instances.filter(({ state }) => state !== 'terminating').length;
        launches.push({ ...groupIdOf(group), count: launch, owned, cause });
      }
      const drains = settings?.managedDraining !== 'DISABLED';
      const cause = `${because}an instance was taken out of service ${difference}, shrinking the capacity from ${actual} to ${actual - terminate.length}.`;
      terminations.push(...terminate.map((instanceId) => ({ ...groupIdOf(group), instanceId, drains, cause })));
    }
    await this.record('LaunchGroupInstances', 'launches', launches);
    await this.record('TerminateGroupInstances', 'terminations', terminations);
  }

  /** One step of one instance; a step that waits for somebody holds up no other. */
  private attend(group: AutoScalingGroup, instance: GroupInstance, host: HostOfGroup | undefined): void {
    const { id, state } = instance;
    if (state === 'launching') this.inBackground(id, () => this.launch(group, instance));
    else if (state === 'terminating') this.inBackground(id, () => this.end(group, instance, host));
    else this.inBackground(id, () => this.check(group, instance, host));
  }

  private inBackground(id: string, step: () => Promise<void>): void {
    if (this.underWay.has(id)) return;
    this.underWay.add(id);
    void step()
      .catch((error: unknown) =>
        this.deps.logger.error({ instance: id, err: error }, 'a step of a host failed; it is tried again'),
      )
      .finally(() => this.underWay.delete(id));
  }

  private async launch(group: AutoScalingGroup, { id }: GroupInstance): Promise<void> {
    const kind = kindOf(group);
    if (kind === 'none') return;
    // Said of the group, and another one is tried after a pause; should this one have been started after all, it is of no group and ended.
    if (this.away)
      return this.isAwayForLong ? this.outcome(group, id, 'gone', `Hosts cannot be started: ${this.away.why}`) : undefined;
    const cluster = await this.clusterFor(group);
    // Its cluster may be made, or have its capacity provider, only after it.
    if (cluster === undefined) return;
    const { accountId, region, name, settings } = group;
    const answer = await this.deps.hosts.start({
      instanceId: id,
      accountId,
      region,
      group: name,
      cluster,
      ...(kind ? { kind } : {}),
      launch: settings.launch,
    });
    if ('done' in answer) await this.outcome(group, id, 'launched');
    else if ('refusal' in answer) await this.outcome(group, id, 'gone', answer.refusal);
    else this.notDone(answer);
  }

  /** It is still there, and it has come. */
  private async check(group: AutoScalingGroup, instance: GroupInstance, host: HostOfGroup | undefined): Promise<void> {
    const { id } = instance;
    const abandoned = abandonedBy(group, instance, this.deps.fold.nowMs());
    if (abandoned !== undefined) return this.takeOut(group, id, `because its lifecycle hook ${abandoned} was abandoned`);
    const isLost = (this.missed.get(id) ?? 0) >= LOST_AFTER_LOOKS;
    if ((!isLost && !this.isLate(id, host)) || isSuspended(group, 'HealthCheck', 'ReplaceUnhealthy')) return;
    const why = isLost
      ? 'in response to an EC2 health check indicating it has been terminated or stopped'
      : `because it is no container instance of its cluster, ${REGISTERS_WITHIN_MS / 60_000} minutes or more after it was started`;
    await this.takeOut(group, id, why);
  }

  private async takeOut(group: AutoScalingGroup, instanceId: string, why: string): Promise<void> {
    const cause = `an instance was taken out of service ${why}.`;
    await this.record('TerminateGroupInstances', 'terminations', [{ ...groupIdOf(group), instanceId, drains: false, cause }]);
  }

  private get isAwayForLong(): boolean {
    return this.away !== undefined && this.deps.clock.monotonicMs() >= this.away.sinceMs + AWAY_AFTER_MS;
  }

  private isLate(id: string, host: HostOfGroup | undefined): boolean {
    const nowMs = this.deps.clock.monotonicMs();
    if (host) this.awaitedSince.set(id, -Infinity);
    else if (!this.awaitedSince.has(id)) this.awaitedSince.set(id, nowMs);
    return !host && nowMs >= this.awaitedSince.get(id)! + REGISTERS_WITHIN_MS;
  }

  /** Drained first, where it drains; lifecycle hooks are waited for; then it leaves its cluster, and then it is ended. */
  private async end(group: AutoScalingGroup, instance: GroupInstance, host: HostOfGroup | undefined): Promise<void> {
    const { id, drains } = instance;
    if (host && drains && host.tasks > 0) {
      if (host.instance.status === 'ACTIVE') await this.toEcs('UpdateContainerInstancesState', host, { status: 'DRAINING' });
      return;
    }
    if (heldBy(group, instance, this.deps.fold.nowMs()).length > 0) return;
    // What the journal of ECS says of it next is that it is gone; the host is ended then, so that nothing registers it again. A task that was
    // placed on it meanwhile, which the state here may not have yet, makes ECS refuse: then it is drained.
    if (!(await this.leaves(group, id, host, !drains))) return;
    const answer = await this.deps.hosts.end({ instanceId: id });
    if (!('done' in answer)) return void this.notDone(answer);
    // It may have registered in its last moment.
    if (!host && !(await this.leaves(group, id, host, true))) return;
    this.awaitedSince.delete(id);
    await this.outcome(group, id, 'gone');
  }

  /** ECS has it no more, whether the state here knew it or not. */
  private async leaves(group: AutoScalingGroup, id: string, host: HostOfGroup | undefined, force: boolean): Promise<boolean> {
    if (host) return this.toEcs('DeregisterContainerInstance', host, { force });
    const cluster = await this.clusterFor(group);
    if (cluster === undefined) return true;
    const reply = await this.askEcs('DeregisterContainerInstance', group, { cluster, containerInstance: id, force });
    return 'output' in reply || ('rejection' in reply && saysNoInstance(reply.rejection)) || this.notDone(reply);
  }

  private async clusterFor(group: AutoScalingGroup): Promise<string | undefined> {
    const { ecs, templates } = this.deps;
    return clusterOf(ecs.state, group) ?? (await templates.clusterOf(group));
  }

  private async toEcs(operation: string, { instance }: HostOfGroup, more: object): Promise<boolean> {
    const { clusterArn: cluster, containerInstanceArn: arn, accountId, region } = instance;
    const input = {
      cluster,
      ...(operation.startsWith('Update') ? { containerInstances: [arn] } : { containerInstance: arn }),
      ...more,
    };
    const reply = await this.askEcs(operation, { accountId, region }, input);
    return 'output' in reply || this.notDone(reply);
  }

  private askEcs(operation: string, { accountId, region }: Scope, input: object): Promise<CommandReply> {
    const { toEcs, random, clock } = this.deps;
    return toEcs(operation, ownCommand(random, operation, input, { accountId, region }), clock.monotonicMs() + SEND_FOR_MS);
  }

  private outcome(
    group: AutoScalingGroup,
    instanceId: string,
    outcome: InstanceOutcome['outcome'],
    failure?: string,
  ): Promise<void> {
    const one = { ...groupIdOf(group), instanceId, outcome, ...(failure === undefined ? {} : { failure }) };
    return this.record('RecordGroupInstances', 'outcomes', [one]);
  }

  private forgetDeleted(): Promise<void> {
    const { fold } = this.deps;
    const gone = [...fold.state.autoScalingGroups.values()].filter(
      ({ isDeleting, instances }) => isDeleting && instances.length === 0,
    );
    return this.record('FinishGroupDeletions', 'groups', gone.map(groupIdOf));
  }

  private async record(name: string, member: string, items: readonly object[]): Promise<void> {
    if (items.length === 0) return;
    const { send, random, clock } = this.deps;
    const reply = await send({ name, ...ownCommand(random, name, { [member]: items }) }, clock.monotonicMs() + SEND_FOR_MS);
    if (!('output' in reply)) this.notDone(reply);
  }

  private notDone(reply: CommandReply | HostAnswer): false {
    this.deps.logger.warn({ reply }, 'a step of a host did not get through; the next round tries again');
    return false;
  }
}

function* instancesOf({ autoScalingGroups }: ScalingState): Iterable<GroupInstance> {
  for (const { instances } of autoScalingGroups.values()) yield* instances;
}
