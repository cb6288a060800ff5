import { type Attribute, isSystemAttribute, MAX_ATTRIBUTE_LENGTH } from '../model/common.js';
import type { Cluster } from '../model/cluster.js';
import type { ContainerInstance } from '../model/container-instance.js';
import { event } from '../model/events.js';
import type { ContainerInstanceArn } from '../model/ids.js';
import { type PageInput, pageOf, pageReply, type Scope } from '#lib/kernel';
import type { EcsState } from '../model/state.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';
import { findContainerInstance, knownCluster, resolveCluster } from '../lookup/lookup.js';

/** ECS: at most 10 attributes in a call, and 10 custom attributes on an instance. */
const MAX_ATTRIBUTES = 10;

interface Input {
  readonly cluster?: string;
  readonly attributes: readonly { name: string; value?: string; targetType?: string; targetId?: string }[];
}

function checkCount({ attributes }: Input): void {
  if (attributes.length === 0) throw refusals.invalidParameter('Attributes cannot be empty.');
  if (attributes.length > MAX_ATTRIBUTES) {
    throw refusals.invalidParameter(`Attributes can have at most ${MAX_ATTRIBUTES} items in one call.`);
  }
}

function checkAttribute({ name, value }: { name: string; value?: string }): void {
  if (!/^[a-zA-Z0-9\-_./\\]{1,128}$/.test(name)) {
    throw refusals.invalidParameter(
      `Invalid attribute name '${name}'. Use 1 to 128 letters, digits, hyphens, underscores, slashes, back slashes or periods.`,
    );
  }
  if (isSystemAttribute(name)) {
    throw refusals.invalidParameter(`Attribute '${name}' is set by the container instance's agent and cannot be changed.`);
  }
  if (value !== undefined && value.length > MAX_ATTRIBUTE_LENGTH) {
    throw refusals.invalidParameter(`The value of attribute '${name}' is longer than ${MAX_ATTRIBUTE_LENGTH} characters.`);
  }
  if (value !== undefined && !/^([a-zA-Z0-9\-_.@:/\\]([a-zA-Z0-9\-_.@:/\\ ]*[a-zA-Z0-9\-_.@:/\\])?)?$/.test(value)) {
    throw refusals.invalidParameter(
      `Invalid value of attribute '${name}'. Use letters, digits, - _ . @ : / \\ and blanks, without blanks at either end.`,
    );
  }
}

function target(state: EcsState, scope: Scope, cluster: Cluster, targetId: string | undefined): ContainerInstance {
  if (!targetId) throw refusals.invalidParameter('targetId cannot be empty: give the id or the ARN of a container instance.');
  const { found } = findContainerInstance(state, scope, cluster, targetId);
  if (found && found.status !== 'INACTIVE') return found;
  throw refusals.targetNotFound(`The specified target ${targetId} was not found. List the container instances of the cluster.`);
}

/** The input's attributes by the instance they are for. */
function byTarget(state: EcsState, scope: Scope, input: Input): Map<ContainerInstance, Input['attributes'][number][]> {
  const cluster = resolveCluster(state, scope, input.cluster);
  const groups = new Map<ContainerInstance, Input['attributes'][number][]>();
  for (const attribute of input.attributes) {
    const instance = target(state, scope, cluster, attribute.targetId);
    groups.set(instance, [...(groups.get(instance) ?? []), attribute]);
  }
  return groups;
}

function refuseTooMany(instance: ContainerInstance, put: readonly Attribute[]): void {
  const names = [...instance.attributes, ...put].map(({ name }) => name).filter((name) => !isSystemAttribute(name));
  if (new Set(names).size > MAX_ATTRIBUTES) {
    throw refusals.of(
      'AttributeLimitExceededException',
      `${instance.containerInstanceArn} can have at most ${MAX_ATTRIBUTES} custom attributes. Delete some first.`,
    );
  }
}

const valueOf = (instance: ContainerInstance, name: string) => instance.attributes.find((attribute) => attribute.name === name);

const putAttributes: CommandRule<Input> = {
  actors: ['state-store'],
  decide(state, input, context) {
    checkCount(input);
    input.attributes.forEach(checkAttribute);
    return [...byTarget(state, context, input)].flatMap(([instance, given]) => {
      const latest = new Map(given.map(({ name, value }) => [name, value === undefined ? { name } : { name, value }]));
      const attributes: Attribute[] = [...latest.values()].filter((attribute) => {
        const old = valueOf(instance, attribute.name);
        return !old || old.value !== ('value' in attribute ? attribute.value : undefined);
      });
      refuseTooMany(instance, attributes);
      const { containerInstanceArn } = instance;
      return attributes.length === 0 ? [] : [event('AttributesPut', { containerInstanceArn, attributes })];
    });
  },
  reply: (state, input, _events, caller) => ({ attributes: shown(state, caller, input) }),
};

/** As given, with the whole ARN of each target. */
function shown(state: EcsState, scope: Scope, input: Input): Attribute[] {
  const cluster = knownCluster(state, scope, input.cluster);
  return input.attributes.map(({ name, value, targetId = '' }) =>
    attributeOf({ name, value }, findContainerInstance(state, scope, cluster, targetId).arn),
  );
}

const attributeOf = ({ name, value }: Attribute, targetId: ContainerInstanceArn): Attribute => ({
  name,
  ...(value === undefined ? {} : { value }),
  targetType: 'container-instance',
  targetId,
});

const deleteAttributes: CommandRule<Input> = {
  actors: ['state-store'],
  decide(state, input, context) {
    checkCount(input);
    input.attributes.forEach(({ name }) => checkAttribute({ name }));
    return [...byTarget(state, context, input)].flatMap(([instance, given]) => {
      const names = [...new Set(given.map(({ name }) => name))].filter((name) => valueOf(instance, name));
      const { containerInstanceArn } = instance;
      return names.length === 0 ? [] : [event('AttributesDeleted', { containerInstanceArn, names })];
    });
  },
  reply: (state, input, _events, caller) => ({ attributes: shown(state, caller, input) }),
};

interface ListInput extends PageInput {
  readonly cluster?: string;
  readonly targetType: string;
  readonly attributeName?: string;
  readonly attributeValue?: string;
}

const listAttributes: QueryRule<ListInput> = (state, input, context) => {
  const cluster = resolveCluster(state, context, input.cluster);
  const { attributeName, attributeValue } = input;
  if (attributeValue !== undefined && attributeName === undefined) {
    throw refusals.invalidParameter('attributeValue needs an attributeName.');
  }
  const found = function* (after: string | undefined) {
    // The page may begin within an instance: from the one of the last attribute on.
    const before = after?.slice(0, after.indexOf(' ') - 1);
    for (const instance of state.containerInstances.ordered('cluster', cluster.clusterArn, before)) {
      const attributes = instance.attributes.filter(
        ({ name, value = '' }) =>
          (attributeName === undefined || name === attributeName) && (attributeValue === undefined || value === attributeValue),
      );
      attributes.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const attribute of attributes) yield attributeOf(attribute, instance.containerInstanceArn);
    }
  };
  const list = `attributes ${cluster.clusterArn} ${attributeName ?? ''} ${attributeValue ?? ''}`;
  return pageReply(
    'attributes',
    pageOf(found, ({ targetId, name }) => `${targetId} ${name}`, input, { list }),
  );
};

export const attributesCommands: CommandRules = { PutAttributes: putAttributes, DeleteAttributes: deleteAttributes };
export const attributesQueries: QueryRules = { ListAttributes: listAttributes };
