import type { Task } from '../model/task.js';
import { contentDigest, pageOf } from '#lib/kernel';
import { type EcsState, familyOfArn, familyTasksKey, groupKey, isStarter, startedByKey, statusKey } from '../model/state.js';
import { findTask, resolveCluster, resolveContainerInstance } from '../lookup/lookup.js';
import { findService } from '../lookup/services.js';
import type { QueryRule, QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';
import { describeTask } from './describe.js';

const describeTasks: QueryRule<{ cluster?: string; tasks: string[]; include?: string[] }> = (state, input, context) => {
  if (!input.tasks?.length) throw refusals.invalidParameter('Tasks cannot be empty.');
  if (input.tasks.length > 100) throw refusals.invalidParameter('Tasks cannot have more than 100 elements.');
  const cluster = resolveCluster(state, context, input.cluster);
  const tags = input.include?.includes('TAGS') ?? false;
  const tasks: object[] = [];
  const failures: object[] = [];
  for (const name of input.tasks) {
    const { arn, found } = findTask(state, context, cluster, name);
    if (found) tasks.push(describeTask(found, { tags }));
    else failures.push({ arn, reason: 'MISSING' });
  }
  return { tasks, failures };
};

interface ListTasksInput {
  cluster?: string;
  containerInstance?: string;
  family?: string;
  serviceName?: string;
  startedBy?: string;
  launchType?: string;
  /** Of daemons for managed instances, which there are none of. */
  daemonName?: string;
  desiredStatus?: 'RUNNING' | 'PENDING' | 'STOPPED';
  maxResults?: number;
  nextToken?: string;
}

const listTasks: QueryRule<ListTasksInput> = (state, input, context) => {
  const cluster = resolveCluster(state, context, input.cluster);
  const { clusterArn } = cluster;
  const instance = input.containerInstance
    ? resolveContainerInstance(state, context, cluster, input.containerInstance)
    : undefined;
  if (input.containerInstance && !instance) throw refusals.invalidParameter('The referenced container instance was not found.');
  const desired = input.desiredStatus ?? 'RUNNING';
  const service = input.serviceName ? findService(state, context, cluster, input.serviceName).found : undefined;
  if (input.serviceName && !service) throw refusals.serviceNotFound();
  const group = service && `service:${service.serviceName}`;
  const { daemonName, family, launchType, startedBy } = input;
  const matches = (task: Task) =>
    task.desiredStatus === desired &&
    (!instance || task.containerInstanceArn === instance.containerInstanceArn) &&
    (!family || familyOfArn(task.taskDefinitionArn) === family) &&
    (!group || task.group === group) &&
    (!startedBy || task.startedBy === startedBy) &&
    (!launchType || task.launchType === launchType);
  const { maxResults: _size, nextToken: _token, ...filters } = input;
  const list = `tasks ${contentDigest({ ...filters, cluster: clusterArn })}`;
  const from = (after: string | undefined) => {
    const { tasks } = state;
    if (desired === 'RUNNING') {
      // Those that are to run hold resources on their instance, which has no more of them than it can hold.
      if (instance) return tasks.ordered('instance', instance.containerInstanceArn, after);
      if (startedBy && isStarter(startedBy)) return tasks.ordered('startedBy', startedByKey(clusterArn, startedBy), after);
      if (group) return tasks.ordered('liveGroup', groupKey(clusterArn, group), after);
      if (family) return tasks.ordered('family', familyTasksKey(clusterArn, family), after);
    }
    return tasks.ordered('desired', statusKey(clusterArn, desired), after);
  };
  const arns = function* (after: string | undefined) {
    if (daemonName) return;
    for (const task of from(after)) if (matches(task)) yield task.taskArn;
  };
  const page = pageOf(arns, (arn) => arn, input, { list });
  return { taskArns: page.items, ...(page.nextToken ? { nextToken: page.nextToken } : {}) };
};

export const taskQueries: QueryRules = { DescribeTasks: describeTasks, ListTasks: listTasks };

/** What an instance has to run or stop: the state's side of its assignment. STOPPED tasks are not in it. */
export const tasksAssignedTo = (state: EcsState, containerInstanceArn: string): Task[] =>
  [...state.tasks.by('instance', containerInstanceArn)].sort((a, b) => (a.taskArn < b.taskArn ? -1 : 1));
