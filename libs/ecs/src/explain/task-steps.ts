import type { Task } from '../model/task.js';
import type { ContainerChange, EcsEvents } from '../model/events.js';
import { lastSegment } from '#lib/kernel';
import type { EcsState } from '../model/state.js';
import type { PlacementAnswers, RelatedTask, Step } from './explanation.js';
import { answersInLines } from './placement-lines.js';
import { becauseOf, SCALING, whyScaled } from './reasons.js';
import { type Commits, eventOf, eventsOf, isRequest, signature, startsRollout, subjectOf, type Told } from './told.js';
import { targetLine } from './targets.js';
import { between, containerEnd, counted, instanceName } from './words.js';

export interface TaskStory {
  readonly state: EcsState;
  readonly task: Task;
  readonly commits: Commits;
  /** The task's transactions, with its events only. */
  readonly story: readonly Told[];
  /** Of the service that it is a replica of. */
  readonly ofService: readonly Told[];
  readonly replaces?: RelatedTask;
  readonly placement?: PlacementAnswers;
}

/** What happened to a task, from the request that led to it to its end. */
export function taskSteps(story: TaskStory): readonly Step[] {
  return [...deploymentStep(story), ...story.story.flatMap((one) => stepsOf(story, one))];
}

/** The request that a service's task comes from. */
function deploymentStep({ task, ofService }: TaskStory): Step[] {
  const { replica } = task;
  if (!replica) return [];
  const asked = ofService.find((one) => startsRollout(one)?.id === replica.deploymentId);
  if (!asked) return [];
  const definition = lastSegment(startsRollout(asked)!.taskDefinitionArn);
  const { desiredCount } = eventOf(asked.events, 'ServiceCreated') ?? {};
  const wanted = desiredCount === undefined ? '' : `, ${counted(desiredCount, 'task')}`;
  const kind = eventOf(asked.events, 'TaskSetCreated') ? 'task set' : 'deployment';
  const what = `${subjectOf(asked.transaction)} started ${kind} ${replica.deploymentId} of ${definition}${wanted}`;
  return [{ at: asked.at, ...signature(asked), what }];
}

function stepsOf(story: TaskStory, one: Told): Step[] {
  const { at, events } = one;
  const by = signature(one);
  const placed = eventOf(events, 'TaskPlaced');
  if (placed) return [{ at, ...by, ...placedStep(story, one, placed) }];
  const accepted = eventOf(events, 'TaskAccepted');
  if (accepted) {
    const what = `${subjectOf(one.transaction)} accepted it to wait for the capacity provider ${accepted.capacityProviderName}`;
    return [{ at, ...by, what }];
  }
  const asked = eventOf(events, 'TaskStopRequested');
  const observed = eventsOf(events, 'TaskContainersChanged');
  const lines = [
    ...observed.flatMap((change) => observedLines(story.task, change)),
    ...eventsOf(events, 'TaskNetworkInterfaceAttached').map(interfaceLine),
    ...eventsOf(events, 'TaskTargetsChanged').flatMap(({ targets }) => targets.map(targetLine)),
  ];
  // A report that says both gives the same reason twice.
  const moved = eventsOf(events, 'TaskStatusChanged');
  const isOver = moved.some(({ to }) => to === 'STOPPED');
  const moves = moved.filter(({ to }) => !isOver || (to !== 'STOPPING' && to !== 'DEPROVISIONING'));
  const steps: Step[] = [
    ...(asked ? [{ at, ...by, ...askedStep(story, one, asked) }] : []),
    ...eventsOf(events, 'TaskProtectionChanged').map(({ until }) => ({
      at,
      ...by,
      what: `${subjectOf(one.transaction)} ${until ? `protected it until ${until}` : 'ended its protection'}`,
    })),
    ...moves.map((move) => ({ at: move.at ?? at, ...by, what: movedTo(move) })),
  ];
  const last = steps.at(-1);
  if (last) return [...steps.slice(0, -1), lines.length > 0 ? { ...last, details: [...(last.details ?? []), ...lines] } : last];
  const [what, ...details] = lines;
  return what === undefined ? [] : [{ at, ...by, what, ...(details.length > 0 ? { details } : {}) }];
}

const interfaceLine = ({
  networkInterface: { networkInterfaceId, privateIpv4Address },
}: EcsEvents['TaskNetworkInterfaceAttached']) =>
  `got the network interface ${networkInterfaceId} with the address ${privateIpv4Address}`;

const movedTo = ({ to, stopCode, reason }: EcsEvents['TaskStatusChanged']): string =>
  reason || stopCode ? `${to}: ${[reason, stopCode && `(${stopCode})`].filter(Boolean).join(' ')}` : to;

function placedStep(story: TaskStory, one: Told, placed: EcsEvents['TaskPlaced']): Pick<Step, 'what' | 'because' | 'details'> {
  const { state, commits, placement } = story;
  const { replica, containerInstanceArn } = placed;
  const as = replica ? ` as replica ${replica.number} of deployment ${replica.deploymentId}` : '';
  const because = becauseOf(state, commits, one) ?? (replica ? whyPlaced(story) : undefined);
  const details = placement ? answersInLines(placement) : [];
  return {
    what: `${subjectOf(one.transaction)} placed it on ${instanceName(containerInstanceArn)}${as}`,
    ...(because ? { because } : {}),
    ...(details.length > 0 ? { details } : {}),
  };
}

function whyPlaced({ replaces, task }: TaskStory): string {
  const { number, attempt } = task.replica!;
  if (replaces)
    return `replica ${number} had lost ${lastSegment(replaces.taskArn).slice(0, 8)}${replaces.why ? `: ${replaces.why}` : ''}`;
  return attempt === 0 || attempt === number
    ? `the deployment had no task for replica ${number} yet`
    : `replica ${number} had no task any more (${counted(attempt, 'task')} of the deployment were placed before it)`;
}

function askedStep(
  story: TaskStory,
  one: Told,
  { stopCode, reason }: EcsEvents['TaskStopRequested'],
): Pick<Step, 'what' | 'because'> {
  const what = `${subjectOf(one.transaction)} asked it to stop: ${reason} (${stopCode})`;
  if (isRequest(one.transaction)) return { what };
  const because = [whyAsked(story), becauseOf(story.state, story.commits, one)].filter((part) => part !== undefined);
  return { what, ...(because.length > 0 ? { because: because.join('; ') } : {}) };
}

/** What was behind the scheduler's wish that the task stops; undefined when nobody or somebody else asked. */
export function whyAsked({ state, task, story, ofService }: TaskStory): string | undefined {
  for (const { events, revision } of story) {
    const asked = eventOf(events, 'TaskStopRequested');
    if (asked?.reason.startsWith(SCALING)) return whyScaled(state, ofService, asked.reason, revision, task);
  }
  return undefined;
}

function observedLines(task: Task, change: EcsEvents['TaskContainersChanged']): string[] {
  const { pullStoppedAt, pullStartedAt = task.pullStartedAt, containers, healthStatus } = change;
  return [
    ...(pullStoppedAt && pullStartedAt ? [`pulling its images took ${between(pullStartedAt, pullStoppedAt)}`] : []),
    ...containers.flatMap((container) => containerLines(task, container)),
    ...(healthStatus && healthStatus !== 'UNKNOWN' ? [`its health checks say ${healthStatus}`] : []),
  ];
}

function containerLines(task: Task, { name, lastStatus, restartCount, networkBindings = [], ...end }: ContainerChange): string[] {
  const { image, memory } = task.containers.find((container) => container.name === name) ?? {};
  const ports = networkBindings.map(
    ({ bindIP, hostPort, containerPort, protocol }) => `${bindIP}:${hostPort} → ${containerPort}/${protocol}`,
  );
  return [
    ...(lastStatus === 'RUNNING' ? [[`container ${name} runs${image ? ` ${image}` : ''}`, ...ports].join(', ')] : []),
    ...(lastStatus === 'STOPPED' ? [containerEnd({ name, memory, ...end })] : []),
    ...(restartCount ? [`container ${name} was restarted by its restart policy (${counted(restartCount, 'time')} so far)`] : []),
  ];
}
