import { capabilityWords, requiredAttributes } from './capabilities.js';
import type { Attribute, Resources } from '../model/common.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { PlacementConstraint, TaskDefinition } from '../model/task-definition.js';
import type { EcsState } from '../model/state.js';
import { attributesOf } from '../model/attributes.js';
import { autoScalingGroupOf, GROUP_ATTRIBUTE } from '../model/instance-group.js';
import { isOfProvider, type ProviderInstances } from '../lookup/capacity-providers.js';
import { type Candidate, expressionSubject, taskGroupsOn } from './candidate.js';
import { explainMisfit, fits } from './capacity.js';
import { EvaluationBudget } from './evaluation-budget.js';
import { attributeAllowing, grantFor, reachRefusedBy } from './host-access.js';
import type { Reaching } from './host-reach.js';
import { compileExpression } from './query-language.js';

/**
 * Why a container instance may not get a task. Filters are asked in order; the first that refuses gives ECS's reason
 * (`failures[].reason`) and its sentence for people (`failures[].detail`, later the service's events).
 */
export interface Filter {
  /** ECS's reason when it is out. */
  refuse(candidate: Candidate): string | undefined;
  /** Why, as the end of "The container instance <id> …"; asked only after a refusal. */
  explain(candidate: Candidate): string;
  /** Placing a task may change the answer: `always` also from no to yes, `worse` only from yes to no. */
  readonly changes: 'never' | 'worse' | 'always';
  /** It is the one that asks for CPU and memory. */
  readonly asksRoom?: true;
}

export const MEMBER_OF_UNSATISFIED = 'MemberOf placement constraint unsatisfied.';
export const DISTINCT_INSTANCE_UNSATISFIED = 'DistinctInstance placement constraint unsatisfied.';

const active: Filter = {
  changes: 'never',
  refuse: ({ instance }) => (instance.status === 'ACTIVE' ? undefined : 'INACTIVE'),
  explain: ({ instance }) => `is ${instance.status}`,
};

const agentConnected: Filter = {
  changes: 'never',
  refuse: ({ instance }) => (instance.agentConnected ? undefined : 'AGENT'),
  explain: () => 'has an agent that is not connected',
};

type Definition = Pick<TaskDefinition, 'requiresAttributes'> & Reaching;

/** What a host does not offer, or does not allow, as the end of "The container instance <id> …". */
type Lack = () => string;

/** What an instance lacks; a definition and the array of attributes stay the same objects for long, so the answer is kept with them. */
const lacking = new WeakMap<Definition, WeakMap<readonly Attribute[], Lack | 'nothing'>>();

function lackOf(definition: Definition, instance: ContainerInstance): Lack | undefined {
  let known = lacking.get(definition);
  if (!known) lacking.set(definition, (known = new WeakMap()));
  let answer = known.get(instance.attributes);
  if (!answer) {
    const has = attributesOf(instance);
    answer = missingAttribute(definition, has) ?? missingAccess(definition, has) ?? 'nothing';
    known.set(instance.attributes, answer);
  }
  return answer === 'nothing' ? undefined : answer;
}

function missingAttribute(definition: Definition, has: ReadonlyMap<string, string>): Lack | undefined {
  const found = definition.requiresAttributes.find(
    ({ name, value }) => !has.has(name) || (value !== undefined && has.get(name) !== value),
  );
  if (!found) return undefined;
  const { name, value } = found;
  const attribute = value === undefined ? name : `${name} = ${value}`;
  return () => {
    const field = requiredAttributes(definition).fields[name];
    const words = capabilityWords(name);
    return `lacks the attribute ${attribute}${words === name ? '' : ` (${words})`}${field ? `, which ${field} of the task definition needs` : ''}`;
  };
}

/** Read from the definition itself: paths are compared by directory, and so are definitions from before hosts could set limits. */
function missingAccess(definition: Definition, has: ReadonlyMap<string, string>): Lack | undefined {
  const reach = reachRefusedBy(has, definition);
  if (!reach) return undefined;
  const attribute = attributeAllowing(reach);
  const what = reach.value === undefined ? reach.words : `${reach.value}, ${reach.words}`;
  return () =>
    `lacks the attribute ${attribute}: its host does not allow ${what} (${reach.field} of the task definition). Whoever runs the host can: ./longshore up --allow ${grantFor(reach)}`;
}

const attributes = (definition: Definition): Filter => ({
  changes: 'never',
  refuse: ({ instance }) => (lackOf(definition, instance) ? 'ATTRIBUTE' : undefined),
  explain: ({ instance }) => lackOf(definition, instance)!(),
});

/** ECS's, of a provider without any instance. */
export const EMPTY_CAPACITY_PROVIDER = 'EMPTY CAPACITY PROVIDER';

const ofProvider = (provider: ProviderInstances): Filter => ({
  changes: 'never',
  refuse: ({ instance }) => (isOfProvider(instance, provider) ? undefined : EMPTY_CAPACITY_PROVIDER),
  explain: ({ instance }) => {
    const own = autoScalingGroupOf(instance);
    const belongs = own === undefined ? 'is in no Auto Scaling group' : `is in the Auto Scaling group ${own}`;
    return `${belongs}, and the capacity provider ${provider.name} is ${whatItIs(provider)}`;
  },
});

const whatItIs = ({ group }: ProviderInstances) => (group === undefined ? 'not there any more' : `of the group ${group}`);

/** Why no instance was even asked. */
export const explainEmpty = (provider: ProviderInstances): Refused => ({
  reason: EMPTY_CAPACITY_PROVIDER,
  detail:
    provider.group === undefined
      ? `The capacity provider ${provider.name} is not there any more.`
      : `No active container instance of the cluster is in the Auto Scaling group ${provider.group} of the capacity provider ${provider.name}. ` +
        `A host says that it is by the attribute ${GROUP_ATTRIBUTE}=${provider.group}.`,
});

const resources = (need: Resources): Filter => ({
  changes: 'worse',
  asksRoom: true,
  refuse: ({ instance }) => fits(instance, need),
  explain: ({ instance }) => explainMisfit(instance, need)!,
});

const memberOf = (text: string, budget: EvaluationBudget): Filter => {
  const expression = compileExpression(text);
  return {
    changes: expression.dependsOnTasks ? 'always' : 'never',
    refuse: ({ instance, taskGroups }) =>
      expression.matches(expressionSubject(instance, taskGroups), budget) && !budget.isSpent ? undefined : MEMBER_OF_UNSATISFIED,
    explain: () =>
      budget.isSpent
        ? `was not considered: the placement constraint memberOf(${text}) takes too long to evaluate for all instances`
        : `does not match the placement constraint memberOf(${text})`,
  };
};

const distinctInstance = (group: string): Filter => ({
  changes: 'worse',
  refuse: ({ groupTasks }) => (groupTasks === 0 ? undefined : DISTINCT_INSTANCE_UNSATISFIED),
  explain: () => `has a task of the group ${group} already, and the placement constraint distinctInstance allows one`,
});

const constraintFilters = (
  constraints: readonly PlacementConstraint[],
  group: string,
  budget = new EvaluationBudget(),
): Filter[] =>
  constraints.map(({ type, expression }) =>
    type === 'distinctInstance' ? distinctInstance(group) : memberOf(expression ?? '', budget),
  );

export interface FilterSubject {
  readonly definition: Definition;
  readonly need: Resources;
  /** The task definition's and the request's. */
  readonly constraints: readonly PlacementConstraint[];
  readonly group: string;
  /** Whose instances alone may be meant. */
  readonly provider?: ProviderInstances;
}

const providerFilters = (provider: ProviderInstances | undefined): readonly Filter[] => (provider ? [ofProvider(provider)] : []);

/** In the order of their precedence: what is out for good first, then resources, then constraints (ecs-semantics §3.4). */
export function filtersFor({ definition, need, constraints, group, provider }: FilterSubject): readonly Filter[] {
  return [
    active,
    ...providerFilters(provider),
    agentConnected,
    attributes(definition),
    resources(need),
    ...constraintFilters(constraints, group),
  ];
}

/** Whether an instance is meant at all, however full it is: what decides where a daemon runs. */
export const eligibilityFilters = ({ definition, constraints }: Pick<FilterSubject, 'definition' | 'constraints'>) => [
  attributes(definition),
  ...constraintFilters(
    constraints.filter(({ type }) => type === 'memberOf'),
    '',
  ),
];

export const firstRefusal = (filters: readonly Filter[], candidate: Candidate): string | undefined => {
  for (const filter of filters) {
    const reason = filter.refuse(candidate);
    if (reason !== undefined) return reason;
  }
  return undefined;
};

/** How many it passed before the first that refuses it: the closest matching instance passed the most. */
export function passedBy(filters: readonly Filter[], candidate: Candidate): number {
  const passed = filters.findIndex((filter) => filter.refuse(candidate) !== undefined);
  return passed < 0 ? filters.length : passed;
}

export interface Refused {
  readonly reason: string;
  /** A whole sentence. */
  readonly detail: string;
}

export function explainRefusal(filters: readonly Filter[], candidate: Candidate): Refused | undefined {
  for (const filter of filters) {
    const reason = filter.refuse(candidate);
    if (reason === undefined) continue;
    return { reason, detail: `The container instance ${candidate.instance.instanceId} ${filter.explain(candidate)}.` };
  }
  return undefined;
}

/** What the writer checks beside `fits`: everything that may have changed since the plan was made. */
export function refuseInstance(
  state: EcsState,
  instance: ContainerInstance,
  request: Omit<FilterSubject, 'need'> & {
    /** Tasks of this very command that are on the instance and not in the state yet. */
    readonly alsoOnInstance: number;
    /** Of this command, which may place many tasks. */
    readonly budget?: EvaluationBudget;
  },
): string | undefined {
  const { definition, constraints, group, provider, alsoOnInstance, budget } = request;
  const filters = [
    active,
    ...providerFilters(provider),
    agentConnected,
    attributes(definition),
    ...constraintFilters(constraints, group, budget),
  ];
  return firstRefusal(filters, {
    instance,
    get groupTasks() {
      return liveGroupTasksOn(state, instance, group) + alsoOnInstance;
    },
    get taskGroups() {
      const groups = [...taskGroupsOn(state, instance)];
      return alsoOnInstance > 0 ? [...groups, group] : groups;
    },
  });
}

export function liveGroupTasksOn(state: EcsState, instance: ContainerInstance, group: string): number {
  let count = 0;
  for (const task of state.tasks.by('instance', instance.containerInstanceArn)) {
    if (task.group === group && task.desiredStatus === 'RUNNING') count++;
  }
  return count;
}
