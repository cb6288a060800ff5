import { type createEcsStore, type EcsEvents, type EcsState, hasTaskSets, MAX_TASK_SETS } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { type Command, type EventRecord, hashId } from '#lib/kernel';
import { planStep } from '#lib/ecs/services/reconcile';

/**
 * A row of failures that ends, a deployment that fails, and one that completes (only then tasks move to where they are better off)
 * are steps of their own; whatever they lead to comes after them. What is said about the rest may come after what was done. A step
 * places for one deployment or task set: while a deployment moves traffic, two are kept at their count, and one step stops tasks of one
 * of them.
 */
const STEPS_OF_THEIR_OWN = new Set([
  'DeploymentFailuresReset',
  'DeploymentFailed',
  'DeploymentCompleted',
  'DeploymentStageReached',
  'DeploymentHooksStarted',
  'DeploymentHookChanged',
]);
const SAID = 'ServiceMessageAdded';
const MOST_STEPS = 4;
/** Each task set takes its steps for itself: one resets a count, one places, one stops. */
const MOST_STEPS_OF_SETS = 3 * MAX_TASK_SETS;

/**
 * Takes the steps that a service needs at one moment, on a draft that is thrown away, as scheduler and writer would with the same
 * state and the same clock: the first may do something, the next has to find nothing. What is left, in a sentence.
 */
export function leftBySteps(
  store: ReturnType<typeof createEcsStore>,
  serviceArn: string,
  at: string,
  revision: number,
): string | undefined {
  const { state } = store.draft();
  let taken: readonly string[] = [];
  const placedFor = new Set<string>();
  const stoppedOf = new Set<string>();
  for (let step = 1; step <= MOST_STEPS_OF_SETS; step++) {
    const service = state.services.get(serviceArn);
    if (!service) return undefined;
    const ofSets = hasTaskSets(service);
    if (step > MOST_STEPS && !ofSets) break;
    const { command: input } = planStep(state, service, Date.parse(at), () => 0.5);
    if (!input) return undefined;
    const id = hashId('step', serviceArn, revision, step);
    const { accountId, region } = service;
    const scope = { principal: 'scheduler', accountId, region, requestId: id, operation: 'AdvanceService' };
    const command: Command = { id, name: 'AdvanceService', actor: 'scheduler', ...scope, input };
    const decision = ecs.decider.decide(state, command, { at, revision, id: (salt) => hashId(id, salt) });
    if ('rejection' in decision || decision.events.length === 0) return `the writer refuses ${JSON.stringify(input)}`;
    const types = decision.events.map(({ type }) => type);
    const isOwn = (type: string) => STEPS_OF_THEIR_OWN.has(type);
    const placesFor = new Set(decision.events.flatMap(deploymentPlacedFor));
    const isOfAnother = placesFor.size > 0 && [...placesFor].every((id) => !placedFor.has(id));
    const stopsOf = new Set(decision.events.flatMap((event) => deploymentStoppedOf(state, event)));
    const movesTraffic = service.deployments.some(({ lifecycle }) => lifecycle);
    const stopsOfAnother = movesTraffic && stopsOf.size > 0 && [...stopsOf].every((id) => !stoppedOf.has(id));
    // Placed for one of the two, and now room is made for the other.
    const { unplaced, deploymentId } = input;
    const makesRoomForAnother = placedFor.size > 0 && unplaced !== undefined && !placedFor.has(deploymentId!);
    const mayFollow =
      taken.length === 0 ||
      isOfAnother ||
      stopsOfAnother ||
      makesRoomForAnother ||
      taken.some(isOwn) ||
      types.some(isOwn) ||
      types.every((type) => type === SAID);
    if (!mayFollow && !ofSets) return `${taken.join()}, and then ${types.join()}`;
    for (const id of placesFor) {
      if (ofSets && placedFor.has(id)) return `tasks were placed for ${id}, and then again`;
      placedFor.add(id);
    }
    for (const id of stopsOf) stoppedOf.add(id);
    taken = types;
    evolveAll(decision.events, command);
  }
  return `many steps were not enough; the last one was ${taken.join()}`;

  function evolveAll(
    events: readonly EventRecord[],
    { id: commandId, actor, principal, accountId, region, requestId, operation }: Command,
  ) {
    const transaction = { commandId, actor, principal, accountId, region, requestId, operation, events };
    events.forEach((event, index) => ecs.decider.evolve(state, event, { at, revision: revision + 1, index, transaction }));
  }
}

const deploymentPlacedFor = ({ type, data }: EventRecord): string[] =>
  type === 'TaskPlaced' ? [(data as EcsEvents['TaskPlaced']).replica!.deploymentId] : [];

const deploymentStoppedOf = (state: EcsState, { type, data }: EventRecord): string[] =>
  type === 'TaskStopRequested' ? [state.tasks.get((data as EcsEvents['TaskStopRequested']).taskArn)!.replica!.deploymentId] : [];
