import type { DetailType as EcsDetailType } from '#lib/ecs/public-events';
import type { PublicEvent } from '#lib/kernel';

type DetailType =
  | EcsDetailType
  | 'ELB Load Balancer State Change'
  | 'ELB Target Health State Change'
  | `${'ELB Load Balancer' | 'ELB Listener' | 'ELB Rule' | 'ELB Target Group'} Change`
  | `Cloud Map ${'Namespace' | 'Service' | 'Instance'} Change`
  | 'CloudWatch Alarm State Change'
  | 'Application Auto Scaling Scaling Activity State Change'
  | 'Scheduled Event'
  | 'EventBridge Rule Invocation State Change'
  | 'EventBridge Scheduler Invocation State Change';

/** A public event for people, in columns. */
export interface EventLine {
  readonly time: string;
  readonly what: string;
  /** `<cluster>/<name, or the first of an id>`; of load balancing its name. */
  readonly resource: string;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'warning' | 'plain';
}

/** Describes one event after the other, and remembers what each resource was like: an event itself only says what it is like now. */
export class EventDescriber {
  private readonly statuses = new Map<string, string>();

  describe(event: PublicEvent): EventLine {
    const [arn = ''] = event.resources;
    const line = { time: event.time, resource: shortName(arn) };
    switch (event['detail-type'] as DetailType) {
      case 'ECS Task State Change':
        return { ...line, what: 'task', ...this.task(arn, event.detail as unknown as TaskDetail) };
      case 'ECS Container Instance State Change':
        return { ...line, what: 'instance', ...this.instance(arn, event.detail as unknown as InstanceDetail) };
      case 'ECS Service Action':
        return { ...line, what: 'service', ...action(event.detail as unknown as ActionDetail) };
      case 'ECS Deployment State Change':
        return { ...line, what: 'deployment', ...action(event.detail as unknown as ActionDetail) };
      case 'ELB Load Balancer State Change':
        return {
          ...line,
          what: 'balancer',
          resource: balancingName(arn),
          ...this.balancer(arn, event.detail as unknown as BalancerDetail),
        };
      case 'ELB Target Health State Change':
        return {
          ...line,
          what: 'target',
          resource: balancingName(arn),
          ...this.target(arn, event.detail as unknown as TargetDetail),
        };
      case 'ELB Load Balancer Change':
        return { ...line, what: 'balancer', resource: balancingName(arn), ...changed(event.detail) };
      case 'ELB Listener Change':
        return { ...line, what: 'listener', resource: listenerName(arn), ...changed(event.detail) };
      case 'ELB Rule Change':
        return { ...line, what: 'rule', resource: listenerName(arn), ...changed(event.detail) };
      case 'ELB Target Group Change':
        return { ...line, what: 'group', resource: balancingName(arn), ...changed(event.detail) };
      case 'Cloud Map Namespace Change':
        return { ...line, what: 'namespace', resource: String(event.detail.Name), ...changed(event.detail) };
      case 'Cloud Map Service Change':
        return { ...line, what: 'discovery', resource: String(event.detail.Name), ...changed(event.detail) };
      case 'Cloud Map Instance Change':
        return { ...line, what: 'registered', resource: String(event.detail.Id), ...changed(event.detail) };
      case 'CloudWatch Alarm State Change':
        return {
          ...line,
          what: 'alarm',
          resource: arn.split(':').at(-1) ?? arn,
          ...alarm(event.detail as unknown as AlarmDetail),
        };
      case 'Application Auto Scaling Scaling Activity State Change':
        return { ...line, what: 'scaling', ...scaling(event.detail as unknown as ScalingDetail) };
      case 'Scheduled Event':
        return { ...line, what: 'schedule', text: 'triggered', tone: 'plain' };
      case 'EventBridge Rule Invocation State Change':
      case 'EventBridge Scheduler Invocation State Change':
        return { ...line, what: 'schedule', ...invocation(event.detail as unknown as InvocationDetail) };
    }
  }

  private balancer(arn: string, { State, DNSName }: BalancerDetail): Pick<EventLine, 'text' | 'tone'> {
    const text = sentence([this.change(arn, State.Code, false), DNSName, State.Reason]);
    return { text, tone: State.Code === 'active' ? 'good' : State.Code === 'failed' ? 'bad' : 'plain' };
  }

  private target(arn: string, { Target, TargetHealth, TaskArn }: TargetDetail): Pick<EventLine, 'text' | 'tone'> {
    const { State, Description } = TargetHealth;
    const at = `${Target.Id}:${Target.Port}`;
    const text = sentence([
      TaskArn === undefined ? at : `${at} (task ${shortName(TaskArn)})`,
      this.change(`${arn} ${at}`, State, State === 'unused'),
      Description,
    ]);
    return { text, tone: State === 'healthy' ? 'good' : State === 'unhealthy' ? 'bad' : 'plain' };
  }

  private task(arn: string, task: TaskDetail): Pick<EventLine, 'text' | 'tone'> {
    const { lastStatus, desiredStatus, group, healthStatus } = task;
    const isOver = lastStatus === 'STOPPED';
    const isLeaving = desiredStatus === 'STOPPED' && ['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING'].includes(lastStatus);
    const definition = task.taskDefinitionArn.split('/').at(-1)!;
    const text = sentence([
      group?.startsWith('service:') ? `${definition} (${group})` : definition,
      this.change(arn, lastStatus, isOver),
      lastStatus === 'PENDING' && pull(task),
      isLeaving && 'to be stopped',
      healthStatus !== undefined && healthStatus !== 'UNKNOWN' && !isOver && healthStatus.toLowerCase(),
      (isOver || isLeaving) && task.stoppedReason,
      isOver && exits(task.containers),
    ]);
    if (isOver) return { text, tone: hasFailed(task) ? 'bad' : 'plain' };
    if (healthStatus === 'UNHEALTHY') return { text, tone: 'bad' };
    return { text, tone: lastStatus === 'RUNNING' && desiredStatus === 'RUNNING' ? 'good' : 'plain' };
  }

  private instance(arn: string, instance: InstanceDetail): Pick<EventLine, 'text' | 'tone'> {
    const { status, agentConnected, runningTasksCount: running, pendingTasksCount: pending } = instance;
    const text = sentence([
      this.change(arn, status, status === 'INACTIVE'),
      !agentConnected && 'agent disconnected',
      `${running} running, ${pending} pending`,
      free(instance.remainingResources),
    ]);
    return { text, tone: status === 'ACTIVE' && !agentConnected ? 'warning' : 'plain' };
  }

  private change(arn: string, status: string, isLast: boolean): string {
    const before = this.statuses.get(arn);
    if (isLast) this.statuses.delete(arn);
    else this.statuses.set(arn, status);
    return before === undefined || before === status ? status : `${before} → ${status}`;
  }
}

interface TaskDetail {
  readonly taskDefinitionArn: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly group?: string;
  readonly healthStatus?: string;
  readonly pullStartedAt?: string;
  readonly pullStoppedAt?: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly containers?: readonly { readonly name: string; readonly exitCode?: number; readonly reason?: string }[];
}

interface InstanceDetail {
  readonly status: string;
  readonly agentConnected: boolean;
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  readonly remainingResources?: readonly { readonly name: string; readonly integerValue?: number }[];
}

interface BalancerDetail {
  readonly DNSName?: string;
  readonly State: { readonly Code: string; readonly Reason?: string };
}

interface TargetDetail {
  readonly Target: { readonly Id: string; readonly Port: number };
  readonly TargetHealth: { readonly State: string; readonly Description?: string };
  readonly TaskArn?: string;
}

interface ActionDetail {
  readonly eventType: 'INFO' | 'WARN' | 'ERROR';
  readonly eventName: string;
  readonly deploymentId?: string;
  readonly taskSetArns?: readonly string[];
  readonly reason?: string;
}

interface AlarmDetail {
  readonly state: { readonly value: string; readonly reason?: string };
  readonly previousState: { readonly value: string };
}

interface ChangeDetail {
  readonly Change?: string;
  readonly Protocol?: string;
  readonly Port?: number;
  readonly Priority?: string;
  readonly HealthStatus?: string;
}

/** What was set up, changed or taken away, with what tells it from its neighbours. */
const changed = ({ Change, Protocol, Port, Priority, HealthStatus }: ChangeDetail): Pick<EventLine, 'text' | 'tone'> => ({
  text: sentence([
    Change,
    Protocol !== undefined && `${Protocol} ${Port}`,
    Priority !== undefined && `priority ${Priority}`,
    HealthStatus?.toLowerCase(),
  ]),
  tone: 'plain',
});

const alarm = ({ state, previousState }: AlarmDetail): Pick<EventLine, 'text' | 'tone'> => ({
  text: sentence([`${previousState.value} → ${state.value}`, state.reason]),
  tone: state.value === 'ALARM' ? 'warning' : state.value === 'OK' ? 'good' : 'plain',
});

interface ScalingDetail {
  readonly statusCode: string;
  readonly statusMessage?: string;
  readonly cause: string;
  readonly details?: string;
  readonly oldDesiredCapacity?: number;
  readonly newDesiredCapacity?: number;
  readonly notScaledReasons?: readonly { readonly Code: string }[];
}

function scaling(detail: ScalingDetail): Pick<EventLine, 'text' | 'tone'> {
  const {
    statusCode,
    statusMessage,
    cause,
    details,
    oldDesiredCapacity: from,
    newDesiredCapacity: to,
    notScaledReasons,
  } = detail;
  const step =
    to === undefined ? `not scaled: ${(notScaledReasons ?? []).map(({ Code }) => Code).join(', ')}` : `${from} → ${to}`;
  const text = sentence([step, statusCode.toLowerCase(), cause, details, statusCode === 'Failed' && statusMessage]);
  return { text, tone: statusCode === 'Failed' ? 'bad' : statusCode === 'Successful' ? 'good' : 'plain' };
}

interface InvocationDetail {
  readonly targetId: string;
  readonly dueAt: string;
  readonly status: string;
  readonly attempts: number;
  readonly reason?: string;
  readonly retryAt?: string;
  readonly taskArns?: readonly string[];
}

/** Of a rule's target: what was due when, and what became of it. */
function invocation({
  targetId,
  dueAt,
  status,
  attempts,
  reason,
  retryAt,
  taskArns = [],
}: InvocationDetail): Pick<EventLine, 'text' | 'tone'> {
  const text = sentence([
    `target ${targetId} of ${dueAt}`,
    status.toLowerCase(),
    ...taskArns.map((arn) => `task ${shortName(arn)}`),
    attempts > 1 && `try ${attempts}`,
    reason,
    retryAt !== undefined && `again at ${retryAt}`,
  ]);
  return { text, tone: status === 'Failed' ? 'bad' : status === 'Retrying' ? 'warning' : 'good' };
}

function action({
  eventType,
  eventName,
  deploymentId,
  taskSetArns = [],
  reason,
}: ActionDetail): Pick<EventLine, 'text' | 'tone'> {
  const ids = taskSetArns.map((arn) => arn.split('/').slice(-2).join('/'));
  // `SERVICE_DEPLOYMENT_IN_PROGRESS` and "ECS deployment ecs-svc/1 in progress." say one thing.
  const isSaidAlready = deploymentId !== undefined && reason?.startsWith(`ECS deployment ${deploymentId} `);
  const words = eventName
    .replace(/^SERVICE_(DEPLOYMENT_)?/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
  const text = sentence([deploymentId, ...ids, words, !isSaidAlready && reason]);
  if (eventType !== 'INFO') return { text, tone: eventType === 'ERROR' ? 'bad' : 'warning' };
  return { text, tone: /STEADY_STATE$|COMPLETED$/.test(eventName) ? 'good' : 'plain' };
}

const sentence = (parts: readonly (string | false | undefined)[]): string => parts.filter(Boolean).join('  ');

/** `arn:aws:ecs:…:task/default/0123456789abcdef…` → `default/01234567`. Names stay whole. */
function shortName(arn: string): string {
  const [, cluster, ...name] = (arn.split(':')[5] ?? arn).split('/');
  return [cluster, ...name]
    .map((part) => (part !== undefined && /^[0-9a-f]{32}$/.test(part) ? part.slice(0, 8) : part))
    .join('/');
}

/** `…:loadbalancer/app/web/0123456789abcdef` and `…:targetgroup/web/0123456789abcdef` → `web`. */
const balancingName = (arn: string): string => arn.split('/').at(-2) ?? arn;

/** `…:listener/app/web/…/…` and `…:listener-rule/app/web/…/…/…` → `web`. */
const listenerName = (arn: string): string => arn.split('/')[2] ?? arn;

const pull = ({ pullStartedAt, pullStoppedAt }: TaskDetail): string | undefined =>
  pullStoppedAt ? 'images pulled' : pullStartedAt ? 'pulling images' : undefined;

/** What the containers say of their end that exit code 0 does not. */
const exits = (containers: TaskDetail['containers']): string =>
  (containers ?? [])
    .filter(({ exitCode, reason }) => reason !== undefined || (exitCode !== undefined && exitCode !== 0))
    .map(({ name, exitCode, reason }) => `${name}: ${reason ?? `exit code ${exitCode}`}`)
    .join(', ');

/** Whoever stops a task has it end with 143: that is no failure. */
const hasFailed = ({ stopCode, containers }: TaskDetail): boolean =>
  stopCode === 'TaskFailedToStart' ||
  (stopCode === 'EssentialContainerExited' && (containers ?? []).some(({ exitCode }) => exitCode !== 0));

function free(resources: InstanceDetail['remainingResources']): string | undefined {
  const left = (name: string) => resources?.find((resource) => resource.name === name)?.integerValue;
  const [cpu, memory] = [left('CPU'), left('MEMORY')];
  return cpu === undefined || memory === undefined ? undefined : `${cpu} CPU units and ${memory} MiB free`;
}
