import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import type { SecretsState } from '../state.js';
import { aliasArn, isAwsAlias, livingKey } from './lookup.js';
import type { KmsKey } from './model.js';
import { refusals } from './refusals.js';
import { keyKey } from './tables.js';

/** As AWS bounds them. */
const MAX_OF_KEY = 50;

interface AliasInput {
  readonly AliasName: string;
  readonly TargetKeyId: string;
}

function checkName(name: string): void {
  if (!name.startsWith('alias/')) throw refusals.aliasWithoutPrefix();
  if (isAwsAlias(name)) throw refusals.reservedAlias();
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) throw refusals.badAlias(name);
}

function checkRoom({ kmsAliases }: SecretsState, key: KmsKey): void {
  if (kmsAliases.countBy('key', keyKey(key, key.id)) >= MAX_OF_KEY) throw refusals.tooManyAliases(MAX_OF_KEY);
}

const createAlias: CommandRule<AliasInput> = {
  actors: ITSELF,
  decide(state, { AliasName: name, TargetKeyId }, context) {
    const { accountId, region } = context;
    checkName(name);
    const key = livingKey(state, context, TargetKeyId);
    if (state.kmsAliases.has(keyKey(context, name))) throw refusals.aliasExists(aliasArn(context, name));
    checkRoom(state, key);
    return [event('KmsAliasPut', { accountId, region, name, keyId: key.id })];
  },
  reply: () => ({}),
};

const updateAlias: CommandRule<AliasInput> = {
  actors: ITSELF,
  decide(state, { AliasName: name, TargetKeyId }, context) {
    const { accountId, region } = context;
    const known = state.kmsAliases.get(keyKey(context, name));
    if (!known) throw refusals.noAlias(aliasArn(context, name));
    const key = livingKey(state, context, TargetKeyId);
    if (known.keyId === key.id) return [];
    checkRoom(state, key);
    return [event('KmsAliasPut', { accountId, region, name, keyId: key.id })];
  },
  reply: () => ({}),
};

const deleteAlias: CommandRule<Pick<AliasInput, 'AliasName'>> = {
  actors: ITSELF,
  decide(state, { AliasName: name }, context) {
    const { accountId, region } = context;
    if (isAwsAlias(name)) throw refusals.managedByAws(aliasArn(context, name));
    if (!state.kmsAliases.has(keyKey(context, name))) throw refusals.noAlias(aliasArn(context, name));
    return [event('KmsAliasDeleted', { accountId, region, name })];
  },
  reply: () => ({}),
};

export const aliasCommands: CommandRules = { CreateAlias: createAlias, UpdateAlias: updateAlias, DeleteAlias: deleteAlias };
