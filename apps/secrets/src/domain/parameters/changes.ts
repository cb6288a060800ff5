import type { Scope } from '#lib/kernel';
import { event } from '../events.js';
import type { Parameter } from '../model.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { nameKey, parameterVersionKey, type SecretsState } from '../state.js';
import { changedTags, checkTags, presentKeys, type Tag, tagList, tagMap } from '../tags.js';
import { findParameter, labelsOf, parameterNamed } from './lookup.js';
import { refusals } from './refusals.js';

const deleted = ({ accountId, region, name }: Parameter) => event('ParameterDeleted', { accountId, region, name });

const deleteParameter: CommandRule<{ readonly Name: string }> = {
  actors: ITSELF,
  decide: (state, { Name }, context) => [deleted(parameterNamed(state, context, Name))],
  reply: () => ({}),
};

const deleteParameters: CommandRule<{ readonly Names: readonly string[] }> = {
  actors: ITSELF,
  decide: (state, { Names }, context) => [...new Set(Names)].flatMap((name) => known(state, context, name).map(deleted)),
  reply(_state, { Names }, events) {
    const gone = events.map(({ data }) => (data as { name: string }).name);
    return { DeletedParameters: gone, InvalidParameters: [...new Set(Names)].filter((name) => !gone.includes(name)) };
  },
};

const known = ({ parameters }: SecretsState, scope: Scope, name: string): readonly Parameter[] => {
  const parameter = parameters.get(nameKey(scope, name));
  return parameter ? [parameter] : [];
};

interface LabelInput {
  readonly Name: string;
  readonly ParameterVersion?: number;
  readonly Labels: readonly string[];
}

const MAX_LABELS = 10;
/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html */
const isLabel = (label: string): boolean => /^[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);

function versionOf(state: SecretsState, parameter: Parameter, version = parameter.version): number {
  if (!state.parameterVersions.has(parameterVersionKey(parameter, parameter.name, version)))
    throw refusals.noVersion(parameter.name, version);
  return version;
}

const labelParameterVersion: CommandRule<LabelInput> = {
  actors: ITSELF,
  decide(state, { Name, ParameterVersion, Labels }, context) {
    const parameter = parameterNamed(state, context, Name);
    const { accountId, region, name } = parameter;
    const version = versionOf(state, parameter, ParameterVersion);
    const good = Labels.filter(isLabel);
    if (new Set([...labelsOf(parameter, version), ...good]).size > MAX_LABELS) throw refusals.tooManyLabels();
    const labels = Object.fromEntries(
      good.filter((label) => parameter.labels[label] !== version).map((label) => [label, version]),
    );
    return Object.keys(labels).length === 0 ? [] : [event('ParameterLabelsMoved', { accountId, region, name, labels })];
  },
  reply: (state, { Name, ParameterVersion, Labels }, _events, caller) => ({
    InvalidLabels: Labels.filter((label) => !isLabel(label)),
    ParameterVersion: ParameterVersion ?? parameterNamed(state, caller, Name).version,
  }),
};

const unlabelParameterVersion: CommandRule<LabelInput> = {
  actors: ITSELF,
  decide(state, { Name, ParameterVersion, Labels }, context) {
    const parameter = parameterNamed(state, context, Name);
    const { accountId, region, name } = parameter;
    const version = versionOf(state, parameter, ParameterVersion);
    const labels = Object.fromEntries(
      Labels.filter((label) => parameter.labels[label] === version).map((label) => [label, null]),
    );
    return Object.keys(labels).length === 0 ? [] : [event('ParameterLabelsMoved', { accountId, region, name, labels })];
  },
  reply(_state, { Labels }, events) {
    const removed = events.flatMap(({ data }) => Object.keys((data as { labels: object }).labels));
    return { RemovedLabels: removed, InvalidLabels: Labels.filter((label) => !removed.includes(label)) };
  },
};

interface OfResource {
  readonly ResourceType: string;
  readonly ResourceId: string;
}

function taggable(state: SecretsState, scope: Scope, { ResourceType, ResourceId }: OfResource): Parameter {
  if (ResourceType !== 'Parameter') throw refusals.otherResource(ResourceType);
  // By ARN for the gateway, whose policies name things so.
  const { parameter } = findParameter(state, scope, ResourceId);
  if (!parameter) throw refusals.badResource(ResourceId);
  return parameter;
}

const addTags: CommandRule<OfResource & { readonly Tags: readonly Tag[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, name, tags: now } = taggable(state, context, input);
    const tags = tagMap(input.Tags);
    checkTags(tags, now, { reserved: refusals.reservedTag, tooMany: refusals.tooManyTags });
    const changed = changedTags(now, tags);
    return Object.keys(changed).length === 0 ? [] : [event('ParameterTagged', { accountId, region, name, tags: changed })];
  },
  reply: () => ({}),
};

const removeTags: CommandRule<OfResource & { readonly TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, name, tags } = taggable(state, context, input);
    const tagKeys = presentKeys(tags, input.TagKeys);
    return tagKeys.length === 0 ? [] : [event('ParameterUntagged', { accountId, region, name, tagKeys })];
  },
  reply: () => ({}),
};

const listTags: QueryRule<OfResource> = (state, input, caller) => ({ TagList: tagList(taggable(state, caller, input).tags) });

export const changeCommands: CommandRules = {
  DeleteParameter: deleteParameter,
  DeleteParameters: deleteParameters,
  LabelParameterVersion: labelParameterVersion,
  UnlabelParameterVersion: unlabelParameterVersion,
  AddTagsToResource: addTags,
  RemoveTagsFromResource: removeTags,
};
/** Secrets Manager has no operation of this name. */
export const tagQueries: QueryRules = { ListTagsForResource: listTags };
