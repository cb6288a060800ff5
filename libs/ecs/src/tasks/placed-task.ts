import { type Container, NO_INSTANCE, type Replica, type Task, type TaskTarget } from '../model/task.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../model/task-definition.js';
import type { Resources } from '../model/common.js';
import { type EcsEvent, event } from '../model/events.js';
import { type ClusterArn, clusterNameOf, containerArn, type TaskArn } from '../model/ids.js';
import { hashId, lastSegment, type Scope } from '#lib/kernel';
import type { EcsState } from '../model/state.js';
import { addResources, fits, taskNeeds } from '../placement/capacity.js';
import { EvaluationBudget } from '../placement/evaluation-budget.js';
import { refuseInstance } from '../placement/filters.js';
import { providerInstances } from '../lookup/capacity-providers.js';
import { providerOfTask, type TaskTemplate } from '../placement/proposal.js';

function containerOf(
  scope: Scope,
  cluster: string,
  taskId: string,
  definition: TaskDefinition['containerDefinitions'][number],
): Container {
  return {
    containerArn: containerArn(scope, cluster, taskId, hashId('container', taskId, definition.name)),
    name: definition.name,
    image: definition.image,
    lastStatus: 'PENDING',
    networkBindings: [],
    healthStatus: 'UNKNOWN',
    cpu: String(definition.cpu),
    ...(definition.memory === undefined ? {} : { memory: String(definition.memory) }),
    ...(definition.memoryReservation === undefined ? {} : { memoryReservation: String(definition.memoryReservation) }),
    essential: definition.essential,
  };
}

/** Attributes of the host that ECS shows on a task. */
const SHOWN_ATTRIBUTES = ['ecs.cpu-architecture', 'ecs.availability-zone'];

export interface TaskToPlace {
  readonly taskArn: TaskArn;
  readonly clusterArn: ClusterArn;
  readonly definition: TaskDefinition;
  readonly template: TaskTemplate;
  readonly ordinal: number;
  readonly requestTokenKey?: string;
  /** The request's own. */
  readonly placementConstraints?: readonly PlacementConstraint[];
  readonly replica?: Replica;
  readonly targets?: readonly TaskTarget[];
}

/** One that waits: without a place, everything of it is known. */
export function taskAccepted(
  scope: Scope,
  task: TaskToPlace,
  strategies: readonly PlacementStrategy[],
): EcsEvent<'TaskAccepted'> {
  const nowhere = { containerInstanceArn: NO_INSTANCE, attributes: [] };
  const {
    containerInstanceArn: _none,
    lastStatus: _status,
    placementConstraints = [],
    ...accepted
  } = taskPlaced(scope, task, nowhere).data;
  const { ordinal } = task;
  return event('TaskAccepted', { ...accepted, waits: { ordinal, placementConstraints, placementStrategy: strategies } });
}

/** The place of one that waited. */
export function waitingTaskPlaced(task: Task, definition: TaskDefinition, instance: ContainerInstance): EcsEvent<'TaskPlaced'> {
  const { taskArn, clusterArn, capacityProviderName, waits } = task;
  const template: TaskTemplate = {
    group: task.group,
    ...(task.startedBy ? { startedBy: task.startedBy } : {}),
    launchType: task.launchType,
    ...(capacityProviderName ? { capacityProviderStrategy: [onlyOf(capacityProviderName)] } : {}),
    ...(task.networkConfiguration ? { networkConfiguration: task.networkConfiguration } : {}),
    overrides: task.overrides,
    enableExecuteCommand: task.enableExecuteCommand,
    tags: task.tags,
    cpu: task.cpu,
    memory: task.memory,
  };
  const { ordinal = 0, placementConstraints } = waits ?? {};
  return taskPlaced(task, { taskArn, clusterArn, definition, template, ordinal, placementConstraints }, instance);
}

export const onlyOf = (capacityProvider: string) => ({ capacityProvider, weight: 1, base: 0 });

/** A new task on its instance: of RunTask, StartTask or a service. */
export function taskPlaced(
  scope: Scope,
  task: TaskToPlace,
  instance: Pick<ContainerInstance, 'containerInstanceArn' | 'attributes'>,
): EcsEvent<'TaskPlaced'> {
  const { taskArn, clusterArn, definition, ordinal, requestTokenKey, placementConstraints, replica, targets } = task;
  const { capacityProviderStrategy: _shared, ...template } = task.template;
  const capacityProviderName = providerOfTask(task.template, replica?.number ?? ordinal);
  const cluster = clusterNameOf(clusterArn);
  const taskId = lastSegment(taskArn);
  return event('TaskPlaced', {
    taskArn,
    clusterArn,
    accountId: scope.accountId,
    region: scope.region,
    taskDefinitionArn: definition.taskDefinitionArn,
    containerInstanceArn: instance.containerInstanceArn,
    ...template,
    ...(capacityProviderName ? { capacityProviderName } : {}),
    attributes: [
      ...(template.attributes ?? []),
      ...instance.attributes.filter(({ name }) => SHOWN_ATTRIBUTES.includes(name)).map(({ name, value }) => ({ name, value })),
    ],
    containers: definition.containerDefinitions.map((container) => containerOf(scope, cluster, taskId, container)),
    reservation: taskNeeds(definition, template.overrides),
    ...(template.networkConfiguration ? { lastStatus: 'PROVISIONING' as const } : {}),
    ordinal,
    ...(requestTokenKey ? { requestTokenKey } : {}),
    ...(placementConstraints?.length ? { placementConstraints } : {}),
    ...(replica ? { replica } : {}),
    ...(targets ? { targets } : {}),
  });
}

/** The writer's check of one command's placements: what the command puts on an instance counts for the next placement on it. */
export class PlacementCheck {
  private readonly changed = new Map<string, ContainerInstance>();
  private readonly taken = new Map<string, number>();
  private readonly need: Resources;
  private readonly budget = new EvaluationBudget();

  constructor(
    private readonly state: EcsState,
    private readonly scope: Scope,
    private readonly definition: TaskDefinition,
    private readonly template: TaskTemplate,
    /** The task definition's and the request's. */
    private readonly constraints: readonly PlacementConstraint[],
  ) {
    this.need = taskNeeds(definition, template.overrides);
  }

  /** `number`: of the task or the replica. The instance with room for the task, which is taken; or why there is none: ECS's reason. */
  take(containerInstanceArn: string, number: number): { readonly instance: ContainerInstance } | { readonly reason: string } {
    const instance = this.changed.get(containerInstanceArn) ?? this.state.containerInstances.get(containerInstanceArn);
    if (!instance) return { reason: 'MISSING' };
    const { definition, constraints, template, need } = this;
    const alsoOnInstance = this.taken.get(containerInstanceArn) ?? 0;
    const provider = providerInstances(this.state, this.scope, providerOfTask(template, number));
    const request = { definition, constraints, group: template.group, provider, alsoOnInstance, budget: this.budget };
    const reason = refuseInstance(this.state, instance, request) ?? fits(instance, need);
    if (reason) return { reason };
    this.changed.set(containerInstanceArn, { ...instance, reserved: addResources(instance.reserved, need) });
    this.taken.set(containerInstanceArn, alsoOnInstance + 1);
    return { instance };
  }
}
