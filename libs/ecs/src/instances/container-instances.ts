import type { Cluster } from '../model/cluster.js';
import type { ContainerInstance } from '../model/container-instance.js';
import { event } from '../model/events.js';
import { type PageInput, pageOf, pageReply, type Scope } from '#lib/kernel';
import { type EcsState, statusKey } from '../model/state.js';
import { EvaluationBudget } from '../placement/evaluation-budget.js';
import { compileExpression } from '../placement/query-language.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';
import { abandonForced } from '../tasks/stop.js';
import { findContainerInstance, knownCluster, resolveCluster, resolveContainerInstance } from '../lookup/lookup.js';
import { registerAgentInstance, registerContainerInstance } from './container-instance-registration.js';
import { expressionSubject, taskGroupsOn } from '../placement/candidate.js';
import { describeContainerInstance } from './container-instance-view.js';

type Naming = { readonly cluster?: string; readonly containerInstance: string };

const named = (state: EcsState, scope: Scope, input: Naming): ContainerInstance =>
  namedIn(state, scope, resolveCluster(state, scope, input.cluster), input);

function namedIn(state: EcsState, scope: Scope, cluster: Cluster, input: Naming): ContainerInstance {
  const instance = resolveContainerInstance(state, scope, cluster, input.containerInstance);
  if (!instance) throw refusals.instanceNotFound();
  return instance;
}

const deregister: CommandRule<{ cluster?: string; containerInstance: string; force?: boolean }> = {
  actors: ['state-store', 'autoscaler'],
  decide(state, input, context) {
    const { containerInstanceArn, status } = named(state, context, input);
    if (status === 'INACTIVE') return [];
    const tasks = state.tasks.countBy('instance', containerInstanceArn);
    if (tasks > 0 && !input.force) throw refusals.invalidParameter('Found running tasks on the instance.');
    return [
      // Of a large host the first ones; it is INACTIVE from here on, and the clock loop ends the others (`expired`).
      ...abandonForced(state, containerInstanceArn, context.actor),
      event('ContainerInstanceDeregistered', { containerInstanceArn, force: input.force ?? false }),
    ];
  },
  reply: (state, input, _events, caller) => ({
    containerInstance: describeContainerInstance(namedIn(state, caller, knownCluster(state, caller, input.cluster), input), [
      'TAGS',
    ]),
  }),
};

interface UpdateStateInput {
  readonly cluster?: string;
  readonly containerInstances: readonly string[];
  readonly status: string;
}

function checkUpdateState({ containerInstances, status }: UpdateStateInput): 'ACTIVE' | 'DRAINING' {
  if (containerInstances.length === 0) throw refusals.invalidParameter('Container Instances cannot be empty.');
  if (containerInstances.length > 10) throw refusals.invalidParameter('Container Instances cannot have more than 10 elements.');
  if (status === 'ACTIVE' || status === 'DRAINING') return status;
  throw refusals.invalidParameter('Container instance status should be one of [ACTIVE, DRAINING]');
}

/** The named instances that are there; the others as failures with ECS's reasons. */
function sortOut(state: EcsState, scope: Scope, cluster: Cluster, names: readonly string[], inactiveFails: boolean) {
  const instances = new Map<string, ContainerInstance>();
  const failures = new Map<string, { arn: string; reason: string }>();
  for (const name of names) {
    const { arn, found } = findContainerInstance(state, scope, cluster, name);
    if (!found) failures.set(arn, { arn, reason: 'MISSING' });
    else if (inactiveFails && found.status === 'INACTIVE') failures.set(arn, { arn, reason: 'INACTIVE' });
    else instances.set(arn, found);
  }
  return { instances: [...instances.values()], failures: [...failures.values()] };
}

const updateState: CommandRule<UpdateStateInput> = {
  actors: ['state-store', 'autoscaler'],
  decide(state, input, context) {
    const status = checkUpdateState(input);
    const cluster = resolveCluster(state, context, input.cluster);
    const { instances } = sortOut(state, context, cluster, input.containerInstances, true);
    return instances
      .filter((instance) => instance.status !== status)
      .map(({ containerInstanceArn }) => event('ContainerInstanceStatusChanged', { containerInstanceArn, status }));
  },
  reply(state, input, _events, caller) {
    const cluster = knownCluster(state, caller, input.cluster);
    const { instances, failures } = sortOut(state, caller, cluster, input.containerInstances, true);
    return { containerInstances: instances.map((instance) => describeContainerInstance(instance, ['TAGS'], state)), failures };
  },
};

const updateAgent: CommandRule<{ cluster?: string; containerInstance: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    named(state, context, input);
    throw refusals.of(
      'NoUpdateAvailableException',
      'Agents are not updated through the API: update Longshore on the host and restart its agent; its containers go on.',
    );
  },
  reply: () => ({}),
};

/** The health monitor saw agents fall silent, or come back: thousands at once when a link fails. */
const setAgentConnectivity: CommandRule<{ containerInstanceArns: readonly string[]; connected: boolean }> = {
  actors: ['health-monitor'],
  decide(state, { containerInstanceArns, connected }) {
    const type = connected ? 'ContainerInstanceAgentConnected' : 'ContainerInstanceAgentDisconnected';
    return containerInstanceArns.flatMap((arn) => {
      const instance = state.containerInstances.get(arn);
      if (!instance || instance.status === 'INACTIVE' || instance.agentConnected === connected) return [];
      return [event(type, { containerInstanceArn: instance.containerInstanceArn })];
    });
  },
  reply: () => ({}),
};

interface DescribeInput {
  readonly cluster?: string;
  readonly containerInstances: readonly string[];
  readonly include?: readonly string[];
}

const describeInstances: QueryRule<DescribeInput> = (state, input, context) => {
  const cluster = resolveCluster(state, context, input.cluster);
  const names = input.containerInstances;
  if (names.length === 0) throw refusals.invalidParameter('Container Instances cannot be empty.');
  if (names.length > 100) throw refusals.invalidParameter('Container Instances cannot have more than 100 elements.');
  const { instances, failures } = sortOut(state, context, cluster, names, false);
  return { containerInstances: instances.map((instance) => describeContainerInstance(instance, input.include, state)), failures };
};

interface ListInput extends PageInput {
  readonly cluster?: string;
  readonly filter?: string;
  readonly status?: string;
}

const listInstances: QueryRule<ListInput> = (state, input, context) => {
  const cluster = resolveCluster(state, context, input.cluster);
  const filter = input.filter ? compileExpression(input.filter) : undefined;
  const budget = new EvaluationBudget();
  const among = (after: string | undefined) =>
    input.status === undefined
      ? state.containerInstances.ordered('cluster', cluster.clusterArn, after)
      : state.containerInstances.ordered('status', statusKey(cluster.clusterArn, input.status), after);
  const groupsOn = (instance: ContainerInstance) => (filter?.dependsOnTasks ? new Set(taskGroupsOn(state, instance)) : []);
  const arns = function* (after: string | undefined) {
    for (const instance of among(after)) {
      if (filter && !filter.matches(expressionSubject(instance, groupsOn(instance)), budget)) continue;
      yield instance.containerInstanceArn;
    }
  };
  const list = `instances ${cluster.clusterArn} ${input.status ?? ''} ${input.filter ?? ''}`;
  const page = pageOf(arns, (arn) => arn, input, { list });
  if (budget.isSpent) throw refusals.invalidParameter('The filter takes too long to evaluate for all container instances.');
  return pageReply('containerInstanceArns', page);
};

export const containerInstancesCommands: CommandRules = {
  RegisterContainerInstance: registerContainerInstance,
  DeregisterContainerInstance: deregister,
  UpdateContainerInstancesState: updateState,
  UpdateContainerAgent: updateAgent,
  RegisterAgentInstance: registerAgentInstance,
  SetAgentConnectivity: setAgentConnectivity,
};
export const containerInstancesQueries: QueryRules = {
  DescribeContainerInstances: describeInstances,
  ListContainerInstances: listInstances,
};
