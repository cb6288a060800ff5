import { type EventRecord, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import type { SecretsState } from '../state.js';
import { changedTags, presentKeys } from '../tags.js';
import { type KeyTag, keyTags } from './key-tags.js';
import { checkUsable, keyArn, livingKey, ownKey, uuidOf } from './lookup.js';
import type { KmsKey } from './model.js';
import { checkPolicy, defaultPolicy } from './policy.js';
import { metadataOf } from './reads.js';
import { refusals } from './refusals.js';
import { ENDING, keyKey } from './tables.js';

/** As AWS bounds an account in a region. */
const MAX_KEYS = 100_000;
const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;
const DEFAULT_ROTATION_DAYS = 365;

interface Named {
  readonly KeyId: string;
}

export interface CreateKeyInput {
  readonly Description?: string;
  readonly Policy?: string;
  readonly KeyUsage?: string;
  readonly KeySpec?: string;
  readonly CustomerMasterKeySpec?: string;
  readonly Origin?: string;
  readonly CustomKeyStoreId?: string;
  readonly XksKeyId?: string;
  readonly MultiRegion?: boolean;
  readonly Tags?: readonly KeyTag[];
}

/** Before material is made for it. Throws what is refused. */
export function checkKind(input: CreateKeyInput): void {
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const isPlain = spec === 'SYMMETRIC_DEFAULT' && (input.KeyUsage ?? 'ENCRYPT_DECRYPT') === 'ENCRYPT_DECRYPT';
  if (!isPlain)
    throw refusals.unsupported(
      'Longshore has symmetric keys for encryption only: KeySpec SYMMETRIC_DEFAULT and KeyUsage ENCRYPT_DECRYPT, which are the defaults.',
    );
  if ((input.Origin ?? 'AWS_KMS') !== 'AWS_KMS' || input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
    throw refusals.unsupported(
      'Longshore makes the material of its keys itself: leave out Origin, CustomKeyStoreId and XksKeyId.',
    );
  if (input.MultiRegion) throw refusals.unsupported('Longshore keeps a key in one region: MultiRegion is not supported.');
  if (input.Policy !== undefined) checkPolicy(input.Policy);
}

const createKey: CommandRule<CreateKeyInput & { readonly materialId: string }> = {
  actors: ITSELF,
  decide(state, input, context) {
    checkKind(input);
    const { accountId, region } = context;
    const tags = keyTags(input.Tags);
    if (state.kmsKeys.countBy('scope', scopeKey(context)) >= MAX_KEYS) throw refusals.tooManyKeys(MAX_KEYS);
    const { Description: description = '', Policy: policy = defaultPolicy(context), materialId } = input;
    return [event('KmsKeyCreated', { accountId, region, id: uuidOf(context.id('key')), materialId, description, policy, tags })];
  },
  reply: (state, _input, [created], caller) => ({
    KeyMetadata: metadataOf(state.kmsKeys.get(keyKey(caller, (created!.data as { id: string }).id))!),
  }),
};

/** One event of a key's, or none. */
const changing =
  <I extends Named>(decide: (key: KmsKey, input: I) => EventRecord | undefined): CommandRule<I>['decide'] =>
  (state, input, context) => {
    const changed = decide(livingKey(state, context, input.KeyId), input);
    return changed ? [changed] : [];
  };

const ofKey = ({ accountId, region, id }: KmsKey) => ({ accountId, region, id });

const command = <I extends Named>(decide: (key: KmsKey, input: I) => EventRecord | undefined): CommandRule<I> => ({
  actors: ITSELF,
  decide: changing(decide),
  reply: () => ({}),
});

const updateKeyDescription = command<Named & { readonly Description: string }>((key, { Description: description }) =>
  key.description === description ? undefined : event('KmsKeyUpdated', { ...ofKey(key), description }),
);

const putKeyPolicy = command<Named & { readonly Policy: string; readonly PolicyName?: string }>((key, input) => {
  if ((input.PolicyName ?? 'default') !== 'default') throw refusals.noPolicy();
  checkPolicy(input.Policy);
  return key.policy === input.Policy ? undefined : event('KmsKeyUpdated', { ...ofKey(key), policy: input.Policy });
});

const enableKey = command((key) => (key.isDisabled ? event('KmsKeyEnabled', ofKey(key)) : undefined));
const disableKey = command((key) => (key.isDisabled ? undefined : event('KmsKeyDisabled', ofKey(key))));

const enableKeyRotation = command<Named & { readonly RotationPeriodInDays?: number }>((key, { RotationPeriodInDays }) => {
  checkUsable(key);
  const rotationDays = RotationPeriodInDays ?? DEFAULT_ROTATION_DAYS;
  return key.rotationDays === rotationDays ? undefined : event('KmsKeyRotationSet', { ...ofKey(key), rotationDays });
});

const disableKeyRotation = command((key) => {
  checkUsable(key);
  return key.rotationDays === undefined ? undefined : event('KmsKeyRotationSet', { ...ofKey(key), rotationDays: null });
});

const tagKey = command<Named & { readonly Tags: readonly KeyTag[] }>((key, { Tags }) => {
  const tags = changedTags(key.tags, keyTags(Tags, key.tags));
  return Object.keys(tags).length === 0 ? undefined : event('KmsKeyTagged', { ...ofKey(key), tags });
});

const untagKey = command<Named & { readonly TagKeys: readonly string[] }>((key, { TagKeys }) => {
  const tagKeys = presentKeys(key.tags, TagKeys);
  return tagKeys.length === 0 ? undefined : event('KmsKeyUntagged', { ...ofKey(key), tagKeys });
});

const scheduleKeyDeletion: CommandRule<Named & { readonly PendingWindowInDays?: number }> = {
  actors: ITSELF,
  decide(state, { KeyId, PendingWindowInDays: days = DEFAULT_WINDOW_DAYS }, context) {
    if (days < 7 || days > 30) throw refusals.validation('PendingWindowInDays must be between 7 and 30 days (inclusive).');
    const key = livingKey(state, context, KeyId);
    const deletedFrom = new Date(Date.parse(context.at) + days * DAY_MS).toISOString();
    return [event('KmsKeyDeletionScheduled', { ...ofKey(key), deletedFrom })];
  },
  reply(state, { KeyId, PendingWindowInDays = DEFAULT_WINDOW_DAYS }, _events, caller) {
    const key = ownKey(state, caller, KeyId);
    return { KeyId: keyArn(key, key.id), DeletionDate: key.deletedFrom, KeyState: 'PendingDeletion', PendingWindowInDays };
  },
};

const cancelKeyDeletion: CommandRule<Named> = {
  actors: ITSELF,
  decide(state, { KeyId }, context) {
    const key = ownKey(state, context, KeyId);
    if (key.deletedFrom === undefined) throw refusals.notPendingDeletion(keyArn(key, key.id));
    return [event('KmsKeyDeletionCancelled', ofKey(key))];
  },
  reply(state, { KeyId }, _events, caller) {
    const key = ownKey(state, caller, KeyId);
    return { KeyId: keyArn(key, key.id) };
  },
};

export function* keysOverdue({ kmsKeys }: SecretsState, at: string): Iterable<KmsKey> {
  for (const key of kmsKeys.by('ending', ENDING)) if (key.deletedFrom! <= at) yield key;
}

/** Waiting windows that are over. */
export const endOf = (key: KmsKey): EventRecord => event('KmsKeyDeleted', ofKey(key));

/** KMS's TagResource and UntagResource have names of their own here: the journal's commands are Secrets Manager's, too. */
export const keyCommandsOfKms: CommandRules = {
  CreateKey: createKey,
  UpdateKeyDescription: updateKeyDescription,
  PutKeyPolicy: putKeyPolicy,
  EnableKey: enableKey,
  DisableKey: disableKey,
  EnableKeyRotation: enableKeyRotation,
  DisableKeyRotation: disableKeyRotation,
  TagKey: tagKey,
  UntagKey: untagKey,
  ScheduleKeyDeletion: scheduleKeyDeletion,
  CancelKeyDeletion: cancelKeyDeletion,
};
