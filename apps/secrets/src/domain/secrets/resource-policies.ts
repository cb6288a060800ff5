import type { WrittenStatement } from '#lib/access';
import type { EventRecord, Scope } from '#lib/kernel';
import { event } from '../events.js';
import { statementsOf } from '../policies.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { SecretsState } from '../state.js';
import { liveSecret, secretArn } from './lookup.js';
import { refusals } from './refusals.js';

interface Named {
  readonly SecretId: string;
}

interface PutResourcePolicyInput extends Named {
  readonly ResourcePolicy: string;
  readonly BlockPublicPolicy?: boolean;
}

/** Everybody, under no condition. */
const isPublic = ({ Effect, Principal, Condition }: WrittenStatement): boolean =>
  Effect === 'Allow' &&
  Condition === undefined &&
  [Principal, (Principal as { readonly AWS?: unknown } | undefined)?.AWS].flat().includes('*');

const isBroad = (policy: string): boolean => statementsOf(policy, 'resource policy', refusals.malformedPolicy).some(isPublic);

const putResourcePolicy: CommandRule<PutResourcePolicyInput> = {
  actors: ITSELF,
  decide(state, { SecretId, ResourcePolicy, BlockPublicPolicy }, context) {
    const set = policySet(state, context, SecretId, ResourcePolicy);
    if (isBroad(ResourcePolicy) && BlockPublicPolicy) throw refusals.publicPolicy();
    return set;
  },
  reply: (state, { SecretId }, _events, caller) => named(state, caller, SecretId),
};

const deleteResourcePolicy: CommandRule<Named> = {
  actors: ITSELF,
  decide: (state, { SecretId }, context) => policySet(state, context, SecretId, null),
  reply: (state, { SecretId }, _events, caller) => named(state, caller, SecretId),
};

function policySet(state: SecretsState, scope: Scope, id: string, policy: string | null): EventRecord[] {
  const { accountId, region, name, policy: now } = liveSecret(state, scope, id);
  return (now ?? null) === policy ? [] : [event('SecretPolicySet', { accountId, region, name, policy })];
}

function named(state: SecretsState, scope: Scope, id: string) {
  const secret = liveSecret(state, scope, id);
  return { ARN: secretArn(secret), Name: secret.name };
}

/** It decides nothing: who may read the secret is what access keys say. */
const getResourcePolicy: QueryRule<Named> = (state, { SecretId }, caller) => {
  const { policy } = liveSecret(state, caller, SecretId);
  return { ...named(state, caller, SecretId), ...(policy === undefined ? {} : { ResourcePolicy: policy }) };
};

const validateResourcePolicy: QueryRule<Partial<Named> & { readonly ResourcePolicy: string }> = (state, input, caller) => {
  if (input.SecretId !== undefined) liveSecret(state, caller, input.SecretId);
  const broad = isBroad(input.ResourcePolicy);
  const { message: ErrorMessage } = refusals.publicPolicy();
  return {
    PolicyValidationPassed: !broad,
    ValidationErrors: broad ? [{ CheckName: 'BlockPublicPolicy', ErrorMessage }] : [],
  };
};

export const resourcePolicyCommands: CommandRules = {
  PutResourcePolicy: putResourcePolicy,
  DeleteResourcePolicy: deleteResourcePolicy,
};

export const resourcePolicyQueries: QueryRules = {
  GetResourcePolicy: getResourcePolicy,
  ValidateResourcePolicy: validateResourcePolicy,
};
