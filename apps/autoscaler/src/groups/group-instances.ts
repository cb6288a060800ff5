import type { DomainApi, OwnerQuestions } from '#lib/app';
import { attributesOf, type ContainerInstance, type EcsState, autoScalingGroupOf, hostIdFrom, hostIdOf } from '#lib/ecs/model';
import { type AccountId, lastSegment, refusable, type Region, scopeKey } from '#lib/kernel';
import type { Fold } from '#lib/journal';
import type { ApiAnswer, ApiContext, ApiReply, ApiRequest } from '#lib/messaging';
import { page } from '../domain/pages.js';
import { groupRefusals as refusals } from '../domain/groups/refusals.js';
import { limitOf } from '../domain/groups/groups.js';
import { heldBy } from '../domain/groups/lifecycle-hooks.js';
import type { GroupInstance } from '../domain/groups/model.js';
import type { ScalingState } from '../domain/state.js';
import { clusterOf } from './provider-use.js';

interface Instance {
  readonly group: string;
  readonly id: string;
  /** Absent while a host that Longshore starts for the group has not registered. */
  readonly instance?: ContainerInstance;
  readonly own?: OwnInstance;
}

/** `waits`: nobody has said which cluster it is for. `isHeld`: a lifecycle hook keeps it in its transition. */
type OwnInstance = GroupInstance & { readonly waits: boolean; readonly isHeld: boolean };

function lifecycleOf({ instance, own }: Instance): string {
  if (own?.state === 'terminating') return own.isHeld || (instance && own.drains) ? 'Terminating:Wait' : 'Terminating';
  if (own?.isHeld) return 'Pending:Wait';
  if (instance) return instance.status === 'DRAINING' ? 'Terminating:Wait' : 'InService';
  // There is a host for it; whoever waits for the group's capacity may go on and make the cluster that it is for.
  return own?.state === 'launching' && !own.waits ? 'Pending' : 'InService';
}

const view = (one: Instance, { region }: ApiContext) => ({
  InstanceId: one.id,
  AvailabilityZone: (one.instance && attributesOf(one.instance).get('ecs.availability-zone')) ?? `${region}a`,
  LifecycleState: lifecycleOf(one),
  HealthStatus: !one.instance || one.instance.agentConnected ? 'Healthy' : 'Unhealthy',
  ProtectedFromScaleIn: false,
});

/** Hosts say themselves in which group they are. ECS knows them, so what a request needs of them goes along with it. */
export class GroupInstances {
  constructor(
    private readonly api: DomainApi<ScalingState>,
    private readonly scaling: Pick<Fold<ScalingState>, 'state' | 'nowMs'>,
    private readonly ecs: { readonly state: EcsState },
    private readonly questions: Pick<OwnerQuestions, 'ask'>,
  ) {}

  async describeGroups(request: ApiRequest): Promise<ApiReply> {
    const reply = await this.api.query('DescribeAutoScalingGroups', request);
    // Which hosts there were at a moment of the past is in another journal.
    if (!('output' in reply) || request.context.asOf) return reply;
    const { AutoScalingGroups, ...rest } = reply.output as { AutoScalingGroups: readonly { AutoScalingGroupName: string }[] };
    const instances = this.instancesOf(request.context);
    const withInstances = AutoScalingGroups.map((group) => ({
      ...group,
      Instances: instances.filter((one) => one.group === group.AutoScalingGroupName).map((one) => view(one, request.context)),
    }));
    return { output: { ...rest, AutoScalingGroups: withInstances } };
  }

  describe({
    input,
    context,
  }: ApiRequest<{ InstanceIds?: readonly string[]; MaxRecords?: number; NextToken?: string }>): ApiReply {
    const { InstanceIds = [], NextToken } = input;
    const asked = refusable(() => {
      const all = this.instancesOf(context).filter(({ id }) => InstanceIds.length === 0 || InstanceIds.includes(id));
      const list = JSON.stringify(['instances', InstanceIds]);
      const { items, nextToken } = page(all, ({ id }) => id, { list, limit: limitOf(input), token: NextToken });
      const AutoScalingInstances = items.map((one) => ({
        ...view(one, context),
        AutoScalingGroupName: one.group,
        HealthStatus: view(one, context).HealthStatus.toUpperCase(),
      }));
      return { AutoScalingInstances, NextToken: nextToken };
    });
    return 'ok' in asked ? { output: asked.ok } : asked;
  }

  deleteGroup(request: ApiRequest<{ readonly AutoScalingGroupName: string }>): Promise<ApiAnswer> {
    const { input, context } = request;
    const instances = this.instancesOf(context).filter(({ group }) => group === input.AutoScalingGroupName).length;
    return this.api.command('DeleteAutoScalingGroup', request, { ...input, instances });
  }

  /** The host leaves its cluster, whatever runs on it; ECS puts the tasks of services elsewhere. */
  async terminate(request: ApiRequest<{ readonly InstanceId: string }>): Promise<ApiAnswer> {
    const { input, context } = request;
    const isNamed = ({ id }: Instance) => id === input.InstanceId;
    // A request that is repeated finds it gone, and is answered from the journal.
    const found = this.instancesOf(context).find(isNamed) ?? this.goneFrom(context).find(isNamed);
    if (!found) return { rejection: refusals.noInstance(input.InstanceId).rejection };
    const { group, instance, own } = found;
    const isGone = instance?.status === 'INACTIVE';
    const instanceId = instance?.instanceId ?? own?.id;
    const answer = await this.api.command('TerminateInstanceInAutoScalingGroup', request, {
      ...input,
      group,
      isGone,
      instanceId,
    });
    if (!('output' in answer) || !instance) return answer;
    const deregistered = await this.questions.ask(
      {
        service: 'ecs',
        operation: 'DeregisterContainerInstance',
        input: { cluster: instance.clusterArn, containerInstance: instance.containerInstanceArn, force: true },
        owner: 'the state store',
        about: `container instance ${lastSegment(instance.containerInstanceArn)}`,
      },
      new Set(),
      context,
    );
    return 'unavailable' in deregistered ? deregistered : answer;
  }

  /** Of an instance that waits for a lifecycle hook. */
  advance(
    name: 'CompleteLifecycleAction' | 'RecordLifecycleActionHeartbeat',
    request: ApiRequest<{ readonly InstanceId?: string }>,
  ): Promise<ApiAnswer> {
    const { input, context } = request;
    const found = this.instancesOf(context).find(({ id }) => id === input.InstanceId);
    return this.api.command(name, request, { ...input, instanceId: found?.own?.id });
  }

  /** In the order of their ids. */
  private instancesOf(context: ApiContext): readonly Instance[] {
    const scope = scopeKey({ accountId: context.accountId as AccountId, region: context.region as Region });
    const nowMs = this.scaling.nowMs();
    const known = new Map<string, { readonly group: string; readonly own: OwnInstance }>();
    for (const group of this.scaling.state.autoScalingGroups.by('scope', scope)) {
      const waits = group.instances.length > 0 && clusterOf(this.ecs.state, group) === undefined;
      for (const own of group.instances)
        known.set(own.id, { group: group.name, own: { ...own, waits, isHeld: heldBy(group, own, nowMs).length > 0 } });
    }
    const registered = this.registered(context).map((one): Instance => {
      const own = known.get(one.instance.instanceId)?.own;
      known.delete(one.instance.instanceId);
      return own ? { ...one, own } : one;
    });
    const coming = [...known.values()].map(({ group, own }): Instance => ({
      group,
      id: hostIdFrom(own.id),
      own,
    }));
    return [...registered, ...coming].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  private registered({ accountId, region }: ApiContext): readonly RegisteredInstance[] {
    const { clusters, containerInstances } = this.ecs.state;
    const found: RegisteredInstance[] = [];
    for (const { clusterArn } of clusters.by(
      'scope',
      scopeKey({ accountId: accountId as AccountId, region: region as Region }),
    )) {
      found.push(...inGroups(containerInstances.by('cluster', clusterArn)));
    }
    return found;
  }

  /** Those that have left their cluster and are remembered for a while. */
  private goneFrom({ accountId, region }: ApiContext): readonly Instance[] {
    const gone = [...this.ecs.state.containerInstances.by('inactive', 'yes')];
    return inGroups(gone.filter((instance) => instance.accountId === accountId && instance.region === region));
  }
}

type RegisteredInstance = Instance & { readonly instance: ContainerInstance };

const inGroups = (instances: Iterable<ContainerInstance>): RegisteredInstance[] =>
  [...instances].flatMap((instance) => {
    const group = autoScalingGroupOf(instance);
    return group === undefined ? [] : [{ group, id: hostIdOf(instance), instance }];
  });
