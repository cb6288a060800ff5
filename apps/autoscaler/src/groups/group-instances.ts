import type { DomainApi, OwnerQuestions } from '#lib/app';
import { attributesOf, type ContainerInstance, type EcsState, autoScalingGroupOf, hostIdOf } from '#lib/ecs/model';
import { type AccountId, lastSegment, refusable, type Region, scopeKey } from '#lib/kernel';
import type { ApiAnswer, ApiContext, ApiReply, ApiRequest } from '#lib/messaging';
import { page } from '../domain/pages.js';
import { groupRefusals as refusals } from '../domain/groups/refusals.js';
import { limitOf } from '../domain/groups/groups.js';
import type { ScalingState } from '../domain/state.js';

interface Instance {
  readonly group: string;
  readonly id: string;
  readonly instance: ContainerInstance;
}

const view = ({ id, instance }: Instance) => ({
  InstanceId: id,
  AvailabilityZone: attributesOf(instance).get('ecs.availability-zone') ?? '',
  LifecycleState: instance.status === 'DRAINING' ? 'Terminating:Wait' : 'InService',
  HealthStatus: instance.agentConnected ? 'Healthy' : 'Unhealthy',
  ProtectedFromScaleIn: false,
});

/** Hosts say themselves in which group they are. ECS knows them, so what a request needs of them goes along with it. */
export class GroupInstances {
  constructor(
    private readonly api: DomainApi<ScalingState>,
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
      Instances: instances.filter((one) => one.group === group.AutoScalingGroupName).map(view),
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
        ...view(one),
        AutoScalingGroupName: one.group,
        HealthStatus: view(one).HealthStatus.toUpperCase(),
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
    const { group, instance } = found;
    const isGone = instance.status === 'INACTIVE';
    const answer = await this.api.command('TerminateInstanceInAutoScalingGroup', request, { ...input, group, isGone });
    if (!('output' in answer)) return answer;
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

  /** In the order of their ids. */
  private instancesOf({ accountId, region }: ApiContext): readonly Instance[] {
    const { clusters, containerInstances } = this.ecs.state;
    const found: Instance[] = [];
    for (const { clusterArn } of clusters.by(
      'scope',
      scopeKey({ accountId: accountId as AccountId, region: region as Region }),
    )) {
      found.push(...inGroups(containerInstances.by('cluster', clusterArn)));
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  /** Those that have left their cluster and are remembered for a while. */
  private goneFrom({ accountId, region }: ApiContext): readonly Instance[] {
    const gone = [...this.ecs.state.containerInstances.by('inactive', 'yes')];
    return inGroups(gone.filter((instance) => instance.accountId === accountId && instance.region === region));
  }
}

const inGroups = (instances: Iterable<ContainerInstance>): Instance[] =>
  [...instances].flatMap((instance) => {
    const group = autoScalingGroupOf(instance);
    return group === undefined ? [] : [{ group, id: hostIdOf(instance), instance }];
  });
