import { requiredAttributes } from '../placement/capabilities.js';
import type { TaskDefinition } from '../model/task-definition.js';
import { event } from '../model/events.js';
import { contentDigest, type PageInput, pageReply, paginate, type Scope, scopeKey } from '#lib/kernel';
import { taskDefinitionArn } from '../model/ids.js';
import { type EcsState, familyKey } from '../model/state.js';
import { type CommandRule, type CommandRules, firstEvent, type QueryRule, type QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';
import { findTaskDefinition, parseTaskDefinitionReference } from '../lookup/lookup.js';
import { checkHostAccess } from './host-access.js';
import { fitsFargate } from './fargate.js';
import { checkTags } from '../tags/tags.js';
import { type RegisterTaskDefinitionInput, withDefaults } from './task-definition-input.js';
import { checkTaskDefinition } from './task-definition-validation.js';

/** A task definition as ECS shows it; its tags stand beside it in replies. */
export function describeTaskDefinition(definition: TaskDefinition): object {
  const { accountId: _account, region: _region, tags: _tags, digest: _digest, ...shown } = definition;
  return shown;
}

function compatibilitiesOf(input: RegisterTaskDefinitionInput): string[] {
  return ['EC2', ...(input.networkMode === 'awsvpc' ? [] : ['EXTERNAL']), ...(fitsFargate(input) ? ['FARGATE'] : [])];
}

const register: CommandRule<RegisterTaskDefinitionInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    checkTaskDefinition(input);
    checkHostAccess(state, context, input);
    const tags = checkTags(input.tags);
    const content = { ...withDefaults(input), compatibilities: compatibilitiesOf(input) };
    const revision = (state.families.get(familyKey(context, input.family))?.latestRevision ?? 0) + 1;
    return [
      event('TaskDefinitionRegistered', {
        taskDefinitionArn: taskDefinitionArn(context, input.family, revision),
        accountId: context.accountId,
        region: context.region,
        revision,
        requiresAttributes: requiredAttributes(content).attributes,
        registeredBy: context.principal,
        tags,
        digest: contentDigest(content),
        ...content,
      }),
    ];
  },
  reply(state, input, events) {
    const registered = firstEvent(events, 'TaskDefinitionRegistered');
    const definition = registered && state.taskDefinitions.get(registered.data.taskDefinitionArn);
    return {
      taskDefinition: definition && describeTaskDefinition(definition),
      ...(input.tags?.length ? { tags: definition?.tags ?? [] } : {}),
    };
  },
};

const NOT_THERE = 'The specified task definition does not exist. Specify a valid account, family, revision and try again.';

const deregister: CommandRule<{ taskDefinition: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    if (parseTaskDefinitionReference(context, input.taskDefinition).revision === undefined) {
      throw refusals.client('Revision is missing.');
    }
    const definition = findTaskDefinition(state, context, input.taskDefinition);
    if (!definition) throw refusals.client(NOT_THERE);
    const { taskDefinitionArn: arn, status } = definition;
    return status === 'ACTIVE' ? [event('TaskDefinitionDeregistered', { taskDefinitionArn: arn })] : [];
  },
  reply(state, input, _events, caller) {
    const definition = findTaskDefinition(state, caller, input.taskDefinition);
    return { taskDefinition: definition && describeTaskDefinition(definition) };
  },
};

interface DeleteInput {
  readonly taskDefinitions: readonly string[];
}

/** One of the definitions to delete: itself, or why not, in ECS's words. */
function deletable(state: EcsState, scope: Scope, text: string): TaskDefinition | { arn: string; reason: string } {
  const invalid = {
    arn: text,
    reason: 'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.',
  };
  if (!/^(arn:[^/]*:task-definition\/)?[a-zA-Z0-9\-_]{1,255}:[1-9][0-9]{0,9}$/.test(text)) return invalid;
  const { family, revision = 0, foreign } = parseTaskDefinitionReference(scope, text);
  const definition = findTaskDefinition(state, scope, text);
  if (!definition) return { arn: foreign ? text : taskDefinitionArn(scope, family, revision), reason: NOT_THERE };
  if (definition.status !== 'ACTIVE') return definition;
  return {
    arn: definition.taskDefinitionArn,
    reason: 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
  };
}

const sortedOut = (state: EcsState, scope: Scope, { taskDefinitions }: DeleteInput) => {
  const results = [...new Set(taskDefinitions)].map((text) => deletable(state, scope, text));
  return {
    definitions: results.filter((result) => 'family' in result),
    failures: results.filter((result) => 'reason' in result),
  };
};

const deleteDefinitions: CommandRule<DeleteInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    if (input.taskDefinitions.length === 0) throw refusals.invalidParameter('Task definitions cannot be empty.');
    if (input.taskDefinitions.length > 10) throw refusals.invalidParameter('Task definitions cannot have more than 10 elements.');
    return sortedOut(state, context, input)
      .definitions.filter(({ status }) => status === 'INACTIVE')
      .map(({ taskDefinitionArn: arn }) => event('TaskDefinitionDeletionRequested', { taskDefinitionArn: arn }));
  },
  reply(state, input, _events, caller) {
    const { definitions, failures } = sortedOut(state, caller, input);
    return { taskDefinitions: definitions.map(describeTaskDefinition), failures };
  },
};

const describe: QueryRule<{ taskDefinition: string; include?: readonly string[] }> = (state, input, context) => {
  const definition = findTaskDefinition(state, context, input.taskDefinition);
  if (!definition) throw refusals.client('Unable to describe task definition.');
  return {
    taskDefinition: describeTaskDefinition(definition),
    ...(input.include?.includes('TAGS') ? { tags: definition.tags } : {}),
  };
};

interface ListInput extends PageInput {
  /** The whole name of a family, despite its name [dg]. */
  readonly familyPrefix?: string;
  readonly status?: TaskDefinition['status'];
  readonly sort?: 'ASC' | 'DESC';
}

const list: QueryRule<ListInput> = (state, input, context) => {
  const { familyPrefix, status = 'ACTIVE', sort = 'ASC' } = input;
  const among =
    familyPrefix === undefined
      ? state.taskDefinitions.by('scope', scopeKey(context))
      : state.taskDefinitions.by('family', familyKey(context, familyPrefix));
  const definitions = [...among].filter((definition) => definition.status === status);
  // By family, then by revision as a number.
  const keyOf = ({ family, revision }: TaskDefinition) => `${family}\u0000${String(revision).padStart(10, '0')}`;
  const name = `task definitions ${familyPrefix ?? ''} ${status} ${sort}`;
  const page = paginate(definitions, keyOf, input, { list: name, descending: sort === 'DESC' });
  const { items, nextToken } = page;
  return pageReply('taskDefinitionArns', { items: items.map((definition) => definition.taskDefinitionArn), nextToken });
};

/** ACTIVE while any revision is; a family whose revisions are all deleted is not shown, though its numbers go on. */
function familyStatus(state: EcsState, key: string): 'ACTIVE' | 'INACTIVE' | undefined {
  let status: 'INACTIVE' | undefined;
  for (const definition of state.taskDefinitions.by('family', key)) {
    if (definition.status === 'ACTIVE') return 'ACTIVE';
    status = 'INACTIVE';
  }
  return status;
}

interface ListFamiliesInput extends PageInput {
  readonly familyPrefix?: string;
  readonly status?: 'ACTIVE' | 'INACTIVE' | 'ALL';
}

const listFamilies: QueryRule<ListFamiliesInput> = (state, input, context) => {
  const { familyPrefix = '', status = 'ALL' } = input;
  const families: string[] = [];
  for (const { family } of state.families.by('scope', scopeKey(context))) {
    if (!family.startsWith(familyPrefix)) continue;
    const is = familyStatus(state, familyKey(context, family));
    if (is !== undefined && (status === 'ALL' || status === is)) families.push(family);
  }
  return pageReply(
    'families',
    paginate(families, (family) => family, input, { list: `families ${familyPrefix} ${status}` }),
  );
};

export const taskDefinitionsCommands: CommandRules = {
  RegisterTaskDefinition: register,
  DeregisterTaskDefinition: deregister,
  DeleteTaskDefinitions: deleteDefinitions,
};
export const taskDefinitionsQueries: QueryRules = {
  DescribeTaskDefinition: describe,
  ListTaskDefinitions: list,
  ListTaskDefinitionFamilies: listFamilies,
};
