import type { Decider, EventRecord, NoteOccurrences } from '#lib/kernel';
import { countedAs } from '../model/task.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { Task } from '../model/task.js';
import type { Deployment, Service, ServiceActionName } from '../model/services.js';
import type { EcsEvents, EcsEventType } from '../model/events.js';
import type { EcsState } from '../model/state.js';

/**
 * What one journal event made happen in public: references to the entities as they were right after it. Values are immutable, so
 * a reference is a copy, and what nobody reads is never rendered.
 */
export type Occurrence =
  | OfTask
  | { readonly of: 'instance'; readonly instance: ContainerInstance }
  | {
      readonly of: 'serviceAction';
      readonly service: Service;
      readonly eventName: ServiceActionName;
      readonly reason: string | undefined;
      readonly taskSetArns: readonly string[] | undefined;
    }
  | { readonly of: 'deployment'; readonly service: Service; readonly deployment: Deployment };

interface OfTask {
  readonly of: 'task';
  readonly task: Task;
}

const NOTHING_PUBLIC: readonly Occurrence[] = [];

/** Where to look, after an event was evolved, for what became public by it. */
type Look = 'task' | 'task and instance' | 'task and its counts' | 'instance' | 'deployments' | 'message' | 'nowhere';

/**
 * An entity's `version` rises with each of these events, and with no other, so whoever reads its events can see that none is
 * missing. Written out, because to compare every entity before and after each event cost a quarter of a fold's time.
 */
const LOOK: Readonly<Record<EcsEventType, Look>> = {
  TaskAccepted: 'task',
  TaskPlaced: 'task and instance',
  TaskStatusChanged: 'task and its counts',
  TaskStopRequested: 'task',
  TaskContainersChanged: 'task',
  ContainerInstanceRegistered: 'instance',
  ContainerInstanceStatusChanged: 'instance',
  ContainerInstanceDeregistered: 'instance',
  ContainerInstanceAgentConnected: 'instance',
  ContainerInstanceAgentDisconnected: 'instance',
  AttributesPut: 'instance',
  AttributesDeleted: 'instance',
  DeploymentStarted: 'deployments',
  DeploymentCompleted: 'deployments',
  DeploymentFailed: 'deployments',
  DeploymentRolledBack: 'deployments',
  ServiceMessageAdded: 'message',

  // What ECS tells nobody.
  AccountCreated: 'nowhere',
  AccessKeyCreated: 'nowhere',
  AccessKeyDeleted: 'nowhere',
  AccountHostAccessChanged: 'nowhere',
  AccountSettingPut: 'nowhere',
  AccountSettingDeleted: 'nowhere',
  IamRoleCreated: 'nowhere',
  IamRoleChanged: 'nowhere',
  IamRoleDeleted: 'nowhere',
  IamPolicyCreated: 'nowhere',
  IamPolicyChanged: 'nowhere',
  IamPolicyDeleted: 'nowhere',
  IamInstanceProfileCreated: 'nowhere',
  IamInstanceProfileChanged: 'nowhere',
  IamInstanceProfileDeleted: 'nowhere',
  IamOidcProviderCreated: 'nowhere',
  IamOidcProviderChanged: 'nowhere',
  IamOidcProviderDeleted: 'nowhere',
  ClusterCreated: 'nowhere',
  ClusterUpdated: 'nowhere',
  ClusterDeleted: 'nowhere',
  CapacityProviderCreated: 'nowhere',
  CapacityProviderUpdated: 'nowhere',
  CapacityProviderDeleted: 'nowhere',
  CapacityProviderForgotten: 'nowhere',
  TaskDefinitionRegistered: 'nowhere',
  TaskDefinitionDeregistered: 'nowhere',
  TaskDefinitionDeletionRequested: 'nowhere',
  TaskDefinitionDeleted: 'nowhere',
  TaskReportRecorded: 'nowhere',
  // ECS shows targets on no task; what they mean to it is its status.
  TaskTargetsChanged: 'nowhere',
  TaskNetworkInterfaceAttached: 'task',
  TaskProtectionChanged: 'nowhere',
  TaskForgotten: 'nowhere',
  ContainerInstanceForgotten: 'nowhere',
  ClusterForgotten: 'nowhere',
  ServiceCreated: 'nowhere',
  ServiceUpdated: 'nowhere',
  ServiceDeleted: 'nowhere',
  ServiceDrained: 'nowhere',
  ServiceForgotten: 'nowhere',
  DeploymentStageReached: 'nowhere',
  DeploymentTrafficTold: 'nowhere',
  DeploymentAlarmsSeen: 'nowhere',
  DeploymentHooksStarted: 'nowhere',
  DeploymentHookChanged: 'nowhere',
  DeploymentFailuresReset: 'nowhere',
  DeploymentEnded: 'nowhere',
  TaskSetCreated: 'nowhere',
  TaskSetScaled: 'nowhere',
  TaskSetPromoted: 'nowhere',
  TaskSetStabilityChanged: 'nowhere',
  TaskSetDeleted: 'nowhere',
  TaskSetDrained: 'nowhere',
  RequestTokenRecorded: 'nowhere',
  RequestTokenForgotten: 'nowhere',
  ResourceTagged: 'nowhere',
  ResourceUntagged: 'nowhere',
};

/**
 * The same decider, which also tells what happened in public. A cumulative report passes several states in one transaction, so
 * this has to be seen event by event: a look at the state after a commit would miss some. The events of a command that is rolled
 * back are told as well; those of the next command come with the same places in the same revision and take theirs.
 */
export function noting(decider: Decider<EcsState>, note: NoteOccurrences<Occurrence>): Decider<EcsState> {
  return {
    ...decider,
    evolve(state, event, context) {
      const look = LOOK[event.type as EcsEventType];
      const before = look === 'deployments' ? serviceOf(state, event) : undefined;
      decider.evolve(state, event, context);
      note(context, look === 'deployments' ? rolledOut(before, serviceOf(state, event)) : occurredAt(look, state, event));
    },
  };
}

const serviceOf = (state: EcsState, { data }: EventRecord): Service | undefined =>
  state.services.get((data as { readonly serviceArn: string }).serviceArn);

function occurredAt(look: Look, state: EcsState, { data }: EventRecord): readonly Occurrence[] {
  switch (look) {
    case 'task':
      return taskOf(state, (data as EcsEvents['TaskStopRequested']).taskArn);
    case 'task and instance':
      return withInstance(state, taskOf(state, (data as EcsEvents['TaskPlaced']).taskArn));
    case 'task and its counts': {
      const { taskArn, from, to } = data as EcsEvents['TaskStatusChanged'];
      const task = taskOf(state, taskArn);
      return countedAs(from) === countedAs(to) ? task : withInstance(state, task);
    }
    case 'instance': {
      const instance = state.containerInstances.get((data as EcsEvents['AttributesPut']).containerInstanceArn);
      return instance ? [{ of: 'instance', instance }] : NOTHING_PUBLIC;
    }
    case 'message':
      return said(state, data as EcsEvents['ServiceMessageAdded']);
    default:
      return NOTHING_PUBLIC;
  }
}

const taskOf = (state: EcsState, taskArn: string): readonly OfTask[] => {
  const task = state.tasks.get(taskArn);
  return task ? [{ of: 'task', task }] : [];
};

/** Its counts, and with a start or an end its resources, changed along with the task. */
function withInstance(state: EcsState, [occurrence]: readonly OfTask[]): readonly Occurrence[] {
  if (!occurrence) return NOTHING_PUBLIC;
  const instance = state.containerInstances.get(occurrence.task.containerInstanceArn);
  return instance ? [occurrence, { of: 'instance', instance }] : [occurrence];
}

function said(state: EcsState, message: EcsEvents['ServiceMessageAdded']): readonly Occurrence[] {
  const { serviceArn, action } = message;
  const service = action && state.services.get(serviceArn);
  if (!service) return NOTHING_PUBLIC;
  const { eventName, reason, taskSetArns } = action;
  return [{ of: 'serviceAction', service, eventName, reason, taskSetArns }];
}

function rolledOut(before: Service | undefined, service: Service | undefined): readonly Occurrence[] {
  if (!service) return NOTHING_PUBLIC;
  const known = new Map(before?.deployments.map(({ id, rolloutState }) => [id, rolloutState]));
  return service.deployments
    .filter(({ id, rolloutState }) => known.get(id) !== rolloutState)
    .map((deployment) => ({ of: 'deployment', service, deployment }));
}
