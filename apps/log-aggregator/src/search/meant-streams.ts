import { findService, resolveCluster } from '#lib/ecs/lookup';
import { type EcsState, groupKey as taskGroupKey, type Service, type Task, type TaskDefinition, tasksOf } from '#lib/ecs/model';
import type { Scope } from '#lib/kernel';
import { groupNamed, nameIn } from '../domain/lookup.js';
import type { LogGroup, LogStream } from '../domain/model.js';
import { refusals } from '../domain/refusals.js';
import { groupKey, type LoggingState } from '../domain/state.js';
import { scopeKey } from '#lib/kernel';

/** Whose lines are meant; nothing named: everybody's of the account. What is named in several members is meant by each of them. */
export interface Meant {
  readonly logGroups?: readonly string[];
  /** Of the services, where they are no ARNs. */
  readonly cluster?: string;
  readonly services?: readonly string[];
  readonly clusters?: readonly string[];
  /** ARNs or ids, or how ids begin: tasks that are long forgotten too. */
  readonly tasks?: readonly string[];
}

export interface MeantGroup {
  readonly group: LogGroup;
  /** By id; undefined: every one. */
  readonly streams?: ReadonlyMap<string, LogStream>;
}

/** What the last part of a stream's name says: `prefix/container/task id`, as ECS makes them. */
export interface TaskOfStream {
  readonly taskId: string;
  readonly container: string;
}

const TASK_STREAM = /(?:^|\/)([^/]+)\/([0-9a-f]{32})$/;
/** What a definition without `logConfiguration` is logged under; the agent knows it by the same words (`log-route.ts`). */
const DEFAULT_PREFIX = 'ecs';
/** Of an id that shall name one task. */
const MIN_TASK_ID = 6;

export function taskOfStream(name: string): TaskOfStream | undefined {
  const [, container, taskId] = TASK_STREAM.exec(name) ?? [];
  return taskId === undefined ? undefined : { taskId, container: container! };
}

export function meantGroups(logs: LoggingState, ecs: EcsState, scope: Scope, meant: Meant): readonly MeantGroup[] {
  const { logGroups = [], services = [], clusters = [], tasks = [] } = meant;
  const byNames = [services, clusters, tasks].some((names) => names.length > 0);
  if (logGroups.length === 0 && !byNames) return Array.from(logs.groups.by('scope', scopeKey(scope)), (group) => ({ group }));
  const whole = new Set(logGroups.map((name) => groupNamed(logs, scope, nameIn(scope, name)).name));
  const tests = [
    ...services.map((name) => ofService(ecs, scope, meant.cluster, name)),
    ...clusters.map((name) => ofCluster(ecs, scope, name)),
    ...tasks.map((name) => ofTask(ecs, name)),
  ];
  const found: MeantGroup[] = [];
  for (const group of logs.groups.by('scope', scopeKey(scope))) {
    if (whole.has(group.name)) found.push({ group });
    else if (byNames) {
      const streams = new Map<string, LogStream>();
      for (const stream of logs.streams.by('group', groupKey(scope, group.name)))
        if (tests.some((test) => test(stream))) streams.set(stream.id, stream);
      if (streams.size > 0) found.push({ group, streams });
    }
  }
  return found;
}

type StreamTest = (stream: Pick<LogStream, 'group' | 'name'>) => boolean;

const idOf = (taskArn: string) => taskArn.slice(taskArn.lastIndexOf('/') + 1);

/** Streams without a prefix are named by the engine's id of the container. */
const containerIds = (tasks: Iterable<Task>): ReadonlySet<string> =>
  new Set([...tasks].flatMap(({ containers }) => containers.flatMap(({ runtimeId }) => runtimeId ?? [])));

function ofTask(ecs: EcsState, name: string): StreamTest {
  const id = idOf(name);
  if (!/^[0-9a-f]+$/.test(id) || id.length < MIN_TASK_ID)
    throw refusals.invalid(`'${name}' names no task: give its ARN, or its id or at least ${MIN_TASK_ID} digits of it.`);
  const known = [...ecs.tasks.values()].filter(({ taskArn }) => idOf(taskArn).startsWith(id));
  const containers = containerIds(known);
  return ({ name: stream }) => taskOfStream(stream)?.taskId.startsWith(id) === true || containers.has(stream);
}

/**
 * Streams of the tasks that a service has, and of those that it had: these are forgotten by the cluster after an hour, so theirs are the
 * streams that its task definitions name and that no other known task writes to.
 */
function ofService(ecs: EcsState, scope: Scope, cluster: string | undefined, name: string): StreamTest {
  const inCluster = cluster ?? (name.startsWith('arn:') ? clusterOfService(name) : undefined);
  const { found } = findService(ecs, scope, resolveCluster(ecs, scope, inCluster), name);
  if (!found) throw refusals.notFound(`There is no service '${name}'${inCluster ? ` in ${inCluster}` : ''}.`);
  return ofServices(ecs, scope, [found]);
}

const clusterOfService = (arn: string) => arn.split('/').at(-2);

function ofCluster(ecs: EcsState, scope: Scope, name: string): StreamTest {
  const cluster = resolveCluster(ecs, scope, name);
  const services = ofServices(ecs, scope, [...ecs.services.by('cluster', cluster.clusterArn)]);
  const known = [...tasksOf(ecs, cluster.clusterArn)];
  const [ids, containers] = [new Set(known.map(({ taskArn }) => idOf(taskArn))), containerIds(known)];
  return (stream) => services(stream) || ids.has(taskOfStream(stream.name)?.taskId ?? '') || containers.has(stream.name);
}

function ofServices(ecs: EcsState, scope: Scope, services: readonly Service[]): StreamTest {
  const places = new Set(
    services.flatMap((service) => {
      const revisions = [...ecs.serviceRevisions.by('service', service.serviceArn)];
      const arns = [...revisions, ...service.deployments].map(({ taskDefinitionArn }) => taskDefinitionArn);
      return [...new Set(arns)].flatMap((arn) => {
        const definition = ecs.taskDefinitions.get(arn);
        return definition ? placesOf(definition, scope.region) : [];
      });
    }),
  );
  const groups = new Set(services.map(({ clusterArn, serviceName }) => taskGroupKey(clusterArn, `service:${serviceName}`)));
  const clusters = new Set(services.map(({ clusterArn }) => clusterArn));
  const own = new Map<string, boolean>();
  const ownTasks: Task[] = [];
  for (const task of ecs.tasks.values()) {
    if (!sameScope(task, scope)) continue;
    const isOwn = clusters.has(task.clusterArn) && groups.has(taskGroupKey(task.clusterArn, task.group));
    own.set(idOf(task.taskArn), isOwn);
    if (isOwn) ownTasks.push(task);
  }
  const containers = containerIds(ownTasks);
  return ({ group, name }) => {
    const at = taskOfStream(name);
    if (!at) return containers.has(name);
    return own.get(at.taskId) ?? places.has(placeKey(group, name.slice(0, -at.taskId.length)));
  };
}

const sameScope = (a: Scope, b: Scope) => a.accountId === b.accountId && a.region === b.region;
const placeKey = (group: string, prefix: string) => `${group} ${prefix}`;

/** Where the containers of a definition write: the group, and how the streams begin. */
function placesOf({ family, containerDefinitions }: TaskDefinition, region: string): readonly string[] {
  return containerDefinitions.flatMap(({ name, logConfiguration }) => {
    if (!logConfiguration) return [placeKey(`/longshore/${family}`, `${DEFAULT_PREFIX}/${name}/`)];
    const { logDriver, options = {} } = logConfiguration;
    const prefix = options['awslogs-stream-prefix'];
    if (logDriver !== 'awslogs' || !prefix || (options['awslogs-region'] ?? region) !== region) return [];
    return [placeKey(options['awslogs-group']!, `${prefix}/${name}/`)];
  });
}
