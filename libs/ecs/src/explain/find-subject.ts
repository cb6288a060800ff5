import type { Cluster } from '../model/cluster.js';
import type { Task } from '../model/task.js';
import { parseArn, type Scope } from '#lib/kernel';
import type { Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { findTask, resolveCluster } from '../lookup/lookup.js';
import { refusals } from '../model/refusals.js';
import { findService } from '../lookup/services.js';

/** Exactly one of `task` and `service`; without `cluster` a task is looked for in all of the caller's. */
export interface ExplainInput {
  readonly task?: string;
  readonly service?: string;
  readonly cluster?: string;
}

export type Subject = { readonly task: Task } | { readonly service: Service };

const LEAST_PREFIX = 6;
const FULL_ID = /^[0-9a-f]{32}$/;
const PREFIX = /^[0-9a-f]+$/;

export function findSubject(state: EcsState, scope: Scope, { task, service, cluster }: ExplainInput): Subject {
  if ((task === undefined) === (service === undefined)) {
    throw refusals.invalidParameter('Name what to explain: either a task or a service.');
  }
  return task === undefined
    ? { service: serviceNamed(state, scope, service!, cluster) }
    : { task: taskNamed(state, scope, task, cluster) };
}

/** The cluster inside a long ARN, so that who has the ARN need not name the cluster. */
const clusterInArn = (arn: string): string | undefined => {
  const segments = parseArn(arn)?.resourceId.split('/') ?? [];
  return segments.length === 2 ? segments[0] : undefined;
};

const clusterFor = (state: EcsState, scope: Scope, idOrArn: string, given: string | undefined): Cluster =>
  resolveCluster(state, scope, given ?? clusterInArn(idOrArn));

function taskNamed(state: EcsState, scope: Scope, text: string, cluster: string | undefined): Task {
  if (text.startsWith('arn:')) {
    const { found } = findTask(state, scope, clusterFor(state, scope, text, cluster), text);
    if (!found) throw taskNotFound();
    return found;
  }
  const id = text.toLowerCase();
  if (!PREFIX.test(id) || id.length < LEAST_PREFIX || id.length > 32) {
    throw refusals.invalidParameter(
      `"${text}" is no task id: give its ARN, its 32 hexadecimal digits, or at least the first ${LEAST_PREFIX} of them.`,
    );
  }
  const within = cluster === undefined ? undefined : resolveCluster(state, scope, cluster).clusterArn;
  const matches = tasksBeginning(state, scope, id).filter(({ clusterArn }) => within === undefined || clusterArn === within);
  if (matches.length === 0) throw taskNotFound();
  if (matches.length > 1) {
    throw refusals.invalidParameter(`${matches.length} tasks have an id that begins with ${id}. Give more of its digits.`);
  }
  return matches[0]!;
}

function tasksBeginning(state: EcsState, scope: Scope, id: string): Task[] {
  const found: Task[] = [];
  for (const task of state.tasks.values()) {
    if (task.accountId !== scope.accountId || task.region !== scope.region) continue;
    if (task.taskArn.startsWith(id, task.taskArn.lastIndexOf('/') + 1)) {
      found.push(task);
      if (FULL_ID.test(id)) break;
    }
  }
  return found;
}

const taskNotFound = () =>
  refusals.invalidParameter(
    'The referenced task was not found. Longshore forgets a task an hour after it stopped, its journal does not: ' +
      'ask for a moment when it was known (./longshore explain task <id> --as-of 2026-11-22T11:00:00Z).',
  );

/** The service of any status: an INACTIVE one still has a story. */
function serviceNamed(state: EcsState, scope: Scope, text: string, given: string | undefined): Service {
  const cluster = clusterFor(state, scope, text, given);
  const { found } = findService(state, scope, cluster, text);
  if (found) return found;
  const elsewhere = [...state.clusters.by('scope', `${scope.accountId}/${scope.region}`)]
    .filter((other) => !text.startsWith('arn:') && findService(state, scope, other, text).found !== undefined)
    .map(({ clusterName }) => clusterName);
  const hint = elsewhere.length > 0 ? ` There is one in ${elsewhere.join(', ')}: name the cluster (--cluster).` : '';
  throw refusals.of(
    'ServiceNotFoundException',
    `Service not found: the cluster ${cluster.clusterName} has no service ${text}.${hint || ' A service is forgotten an hour after it was deleted; ask with --as-of for a moment before.'}`,
  );
}
