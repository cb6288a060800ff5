import type { Decider, EventContext, EventRecord } from '#lib/journal';
import type { ContainerInstance, Task } from '../model/entities.js';
import type { Deployment, Service, ServiceActionName } from '../model/services.js';
import type { EcsEvents } from '../model/events.js';
import type { EcsState } from '../model/state.js';

/**
 * What one journal event made happen in public: references to the entities as they were right after it. Values are immutable, so
 * a reference is a copy, and what nobody reads is never rendered.
 */
export type Occurrence =
  | { readonly of: 'task'; readonly task: Task }
  | { readonly of: 'instance'; readonly instance: ContainerInstance }
  | {
      readonly of: 'serviceAction';
      readonly service: Service;
      readonly eventName: ServiceActionName;
      readonly reason: string | undefined;
      readonly taskSetArns: readonly string[] | undefined;
    }
  | { readonly of: 'deployment'; readonly service: Service; readonly deployment: Deployment };

export const NOTHING_PUBLIC: readonly Occurrence[] = [];

/** Gets what each journal event made happen, in order; nothing for most kinds of events, which it is told, too. */
export type NoteOccurrences = (context: EventContext, occurrences: readonly Occurrence[]) => void;

/** What the data of an event may name. */
interface Named {
  readonly taskArn?: string;
  readonly containerInstanceArn?: string;
  readonly serviceArn?: string;
}

/**
 * The same decider, which also tells what happened in public. A cumulative report passes several states in one transaction, so
 * this has to be seen event by event: a look at the state after a commit would miss some. The events of a command that is rolled
 * back are told as well; those of the next command come with the same places in the same revision and take theirs.
 */
export function noting(decider: Decider<EcsState>, note: NoteOccurrences): Decider<EcsState> {
  return {
    ...decider,
    evolve(state, event, context) {
      const { taskArn, containerInstanceArn, serviceArn } = event.data as Named;
      const task = taskArn === undefined ? undefined : state.tasks.get(taskArn);
      const instanceArn = containerInstanceArn ?? task?.containerInstanceArn;
      const instance = instanceArn === undefined ? undefined : state.containerInstances.get(instanceArn);
      const service = serviceArn === undefined ? undefined : state.services.get(serviceArn);
      decider.evolve(state, event, context);

      let occurred = NOTHING_PUBLIC;
      if (taskArn !== undefined) occurred = changedTask(state.tasks.get(taskArn), task);
      if (instanceArn !== undefined) {
        const changed = changedInstance(state.containerInstances.get(instanceArn), instance);
        if (changed.length > 0) occurred = occurred.length > 0 ? [...occurred, ...changed] : changed;
      }
      if (serviceArn !== undefined) occurred = ofService(state.services.get(serviceArn), service, event);
      note(context, occurred);
    },
  };
}

// An entity's `version` rises with each change that is public, so whoever reads its events can see that none is missing.
const changedTask = (task: Task | undefined, before: Task | undefined): readonly Occurrence[] =>
  task && task.version !== before?.version ? [{ of: 'task', task }] : NOTHING_PUBLIC;

const changedInstance = (
  instance: ContainerInstance | undefined,
  before: ContainerInstance | undefined,
): readonly Occurrence[] => (instance && instance.version !== before?.version ? [{ of: 'instance', instance }] : NOTHING_PUBLIC);

function ofService(
  service: Service | undefined,
  before: Service | undefined,
  { type, data }: EventRecord,
): readonly Occurrence[] {
  if (!service) return NOTHING_PUBLIC;
  if (type === 'ServiceMessageAdded') {
    const { eventName, reason, taskSetArns } = data as EcsEvents['ServiceMessageAdded'];
    return eventName ? [{ of: 'serviceAction', service, eventName, reason, taskSetArns }] : NOTHING_PUBLIC;
  }
  if (service.deployments === before?.deployments) return NOTHING_PUBLIC;
  const known = new Map(before?.deployments.map(({ id, rolloutState }) => [id, rolloutState]));
  return service.deployments
    .filter(({ id, rolloutState }) => known.get(id) !== rolloutState)
    .map((deployment) => ({ of: 'deployment', service, deployment }));
}
