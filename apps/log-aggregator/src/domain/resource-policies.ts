import { statementsIn } from '#lib/access';
import { type Scope, scopeKey } from '#lib/kernel';
import { event } from './events.js';
import { groupNamed, nameIn } from './lookup.js';
import type { ResourcePolicy } from './model.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { groupKey, type LoggingState, policyKey, type PolicyOwner } from './state.js';

/** As AWS bounds an account in a region, and the document of such a policy: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const MAX_POLICIES = 10;
const MAX_CHARACTERS = 5_120;

/** By its name it is the account's; by an ARN it is a log group's, which has one at most. */
interface NamesPolicy {
  readonly policyName?: string;
  readonly resourceArn?: string;
  readonly expectedRevisionId?: string;
}

interface PutResourcePolicyInput extends NamesPolicy {
  readonly policyDocument?: string;
}

function ownerOf(state: LoggingState, scope: Scope, { policyName, resourceArn }: NamesPolicy): PolicyOwner {
  const { accountId, region } = scope;
  if (resourceArn === undefined) {
    if (policyName === undefined) throw refusals.invalid('One of policyName and resourceArn must be specified.');
    return { accountId, region, name: policyName };
  }
  if (!resourceArn.startsWith('arn:')) throw refusals.invalid(`The specified resource ARN '${resourceArn}' is not valid.`);
  return { accountId, region, group: groupNamed(state, scope, nameIn(scope, resourceArn)).name };
}

/** Services write nowhere here, so it decides nothing: only what is no policy at all is refused. */
function checkDocument(text: string | undefined): string {
  if (text === undefined) throw refusals.invalid('policyDocument must be specified.');
  if (text.length > MAX_CHARACTERS) throw refusals.invalid(`A resource policy can have at most ${MAX_CHARACTERS} characters.`);
  if (!statementsIn(text))
    throw refusals.invalid('Could not convert to persistable policy: it has to be JSON with statements (Statement).');
  return text;
}

/** A group's policy has revisions, and is changed by who knows the newest. */
function checkRevision(known: ResourcePolicy | undefined, expected: string | undefined): void {
  if (known?.revisionId !== undefined && expected !== known.revisionId) throw refusals.otherRevision();
}

const putResourcePolicy: CommandRule<PutResourcePolicyInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const document = checkDocument(input.policyDocument);
    const owner = ownerOf(state, context, input);
    const known = state.resourcePolicies.get(policyKey(owner));
    // The same once more: a request whose answer was lost.
    if (known?.document === document) return [];
    if (!('group' in owner)) {
      if (!known && state.resourcePolicies.countBy('account', scopeKey(context)) >= MAX_POLICIES) throw refusals.limitExceeded();
      return [event('LogResourcePolicyPut', { ...owner, document })];
    }
    checkRevision(known, input.expectedRevisionId);
    const { policyName, resourceArn } = input;
    const named = policyName === undefined ? {} : { policyName };
    return [
      event('LogResourcePolicyPut', {
        ...owner,
        ...named,
        resourceArn: resourceArn!,
        document,
        revisionId: context.id('policy'),
      }),
    ];
  },
  reply(state, input, _events, caller) {
    const policy = state.resourcePolicies.get(policyKey(ownerOf(state, caller, input)))!;
    const { revisionId } = policy;
    return { resourcePolicy: policyView(policy), ...(revisionId === undefined ? {} : { revisionId }) };
  },
};

const deleteResourcePolicy: CommandRule<NamesPolicy> = {
  actors: ITSELF,
  decide(state, input, context) {
    const owner = ownerOf(state, context, input);
    const known = state.resourcePolicies.get(policyKey(owner));
    if (!known) throw refusals.notFound(`Policy with name [${input.policyName ?? input.resourceArn!}] does not exist`);
    checkRevision(known, input.expectedRevisionId);
    return [event('LogResourcePolicyDeleted', owner)];
  },
  reply: () => ({}),
};

interface DescribeResourcePoliciesInput extends PageInput {
  readonly resourceArn?: string;
  readonly policyScope?: 'ACCOUNT' | 'RESOURCE';
}

const describeResourcePolicies: QueryRule<DescribeResourcePoliciesInput> = (state, input, caller) => {
  const { resourceArn, policyScope = resourceArn === undefined ? 'ACCOUNT' : 'RESOURCE' } = input;
  const group = resourceArn === undefined ? undefined : groupKey(caller, nameIn(caller, resourceArn));
  const isAsked = (policy: ResourcePolicy) =>
    scopeOf(policy) === policyScope && (group === undefined || groupKey(caller, policy.group ?? '') === group);
  const { items, nextToken } = page(
    input,
    JSON.stringify(['resource-policies', policyScope, resourceArn]),
    () =>
      [...state.resourcePolicies.by('scope', scopeKey(caller))]
        .filter(isAsked)
        .sort((a, b) => (policyKey(a) < policyKey(b) ? -1 : 1)),
    policyKey,
  );
  return { resourcePolicies: items.map(policyView), nextToken };
};

const scopeOf = ({ group }: ResourcePolicy) => (group === undefined ? 'ACCOUNT' : 'RESOURCE');

function policyView(policy: ResourcePolicy) {
  const { name, policyName = name, document, resourceArn, revisionId, updatedAt } = policy;
  return {
    ...(policyName === undefined ? {} : { policyName }),
    policyDocument: document,
    lastUpdatedTime: Date.parse(updatedAt),
    policyScope: scopeOf(policy),
    ...(resourceArn === undefined ? {} : { resourceArn }),
    ...(revisionId === undefined ? {} : { revisionId }),
  };
}

export const resourcePolicyCommands: CommandRules = {
  PutResourcePolicy: putResourcePolicy,
  DeleteResourcePolicy: deleteResourcePolicy,
};

export const resourcePolicyQueries: QueryRules = { DescribeResourcePolicies: describeResourcePolicies };
