import type { EventRecord, Scope } from '#lib/kernel';
import { event, type SecretsEvents } from '../events.js';
import type { Secret, Tags } from '../model.js';
import { endOf, keysOverdue } from '../kms/keys.js';
import { isUsable } from '../kms/lookup.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import { ENDING, nameKey, type SecretsState } from '../state.js';
import { changedTags, checkTags, presentKeys, type Tag, tagMap } from '../tags.js';
import { findSecret, liveSecret, secretArn, type SecretName, secretNamed } from './lookup.js';
import { refusals } from './refusals.js';
import { isRepeated, type NewValue, versionEvents } from './versions.js';

interface Named {
  readonly SecretId: string;
}

interface CreateSecretInput {
  readonly Name: string;
  readonly ClientRequestToken: string;
  readonly Description?: string;
  readonly KmsKeyId?: string;
  readonly Tags?: readonly Tag[];
  readonly value?: NewValue;
}

const NAME = /^[A-Za-z0-9/_+=.@!-]+$/;
const SUFFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SUFFIX_LENGTH = 6;

const suffixFrom = (hex: string): string =>
  Array.from({ length: SUFFIX_LENGTH }, (_, at) => {
    const byte = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
    return SUFFIX_CHARACTERS[byte % SUFFIX_CHARACTERS.length];
  }).join('');

const ofTags = {
  reserved: () => refusals.invalidParameter("Tag keys can't start with aws:."),
  tooMany: () => refusals.invalidParameter('A secret can have at most 50 tags.'),
};

/** Empty: the default one. */
function checkKmsKey(state: SecretsState, scope: Scope, id: string | undefined): void {
  if (id && !isUsable(state, scope, id)) throw refusals.unusableKey();
}

const createSecret: CommandRule<CreateSecretInput> = {
  actors: ITSELF,
  decide(state, { Name: name, ClientRequestToken: token, Description, KmsKeyId, Tags, value }, context) {
    const { accountId, region } = context;
    if (!NAME.test(name)) throw refusals.badName();
    const known = state.secrets.get(nameKey(context, name));
    if (known?.deletedAt !== undefined) throw refusals.scheduledName();
    if (known) {
      // The same request once more: made, and answered, before.
      if (value && isRepeated(state, known, token, value)) return [];
      throw refusals.exists(name);
    }
    checkKmsKey(state, context, KmsKeyId);
    const tags = tagMap(Tags);
    checkTags(tags, {}, ofTags);
    const suffix = suffixFrom(context.id('secret'));
    const described = { ...(Description ? { description: Description } : {}), ...(KmsKeyId ? { kmsKeyId: KmsKeyId } : {}) };
    const created = event('SecretCreated', { accountId, region, name, suffix, ...described, tags });
    const fresh = { accountId, region, name, stages: {} };
    return [created, ...(value ? versionEvents(state, fresh, { versionId: token, value }) : [])];
  },
  reply: (state, { Name, ClientRequestToken, value }, _events, caller) => ({
    ...named(state, caller, Name),
    ...(value ? { VersionId: ClientRequestToken } : {}),
  }),
};

interface UpdateSecretInput extends Named {
  readonly ClientRequestToken: string;
  readonly Description?: string;
  readonly KmsKeyId?: string;
  readonly value?: NewValue;
}

const updateSecret: CommandRule<UpdateSecretInput> = {
  actors: ITSELF,
  decide(state, { SecretId, ClientRequestToken, Description, KmsKeyId, value }, context) {
    const secret = liveSecret(state, context, SecretId);
    if (KmsKeyId !== secret.kmsKeyId) checkKmsKey(state, context, KmsKeyId);
    const { accountId, region, name } = secret;
    const changes = {
      ...(Description === undefined ? {} : { description: Description }),
      ...(KmsKeyId === undefined ? {} : { kmsKeyId: KmsKeyId }),
    };
    const updated = Object.keys(changes).length > 0 ? [event('SecretUpdated', { accountId, region, name, ...changes })] : [];
    if (!value || isRepeated(state, secret, ClientRequestToken, value)) return updated;
    return [...updated, ...versionEvents(state, secret, { versionId: ClientRequestToken, value })];
  },
  reply: (state, { SecretId, ClientRequestToken, value }, _events, caller) => ({
    ...named(state, caller, SecretId),
    ...(value ? { VersionId: ClientRequestToken } : {}),
  }),
};

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;

interface DeleteSecretInput extends Named {
  readonly RecoveryWindowInDays?: number;
  readonly ForceDeleteWithoutRecovery?: boolean;
}

const deleteSecret: CommandRule<DeleteSecretInput> = {
  actors: ITSELF,
  decide(state, { SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force }, context) {
    if (force && days !== undefined)
      throw refusals.invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
    if (days !== undefined && (days < 7 || days > 30))
      throw refusals.invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
    const secret = findSecret(state, context, SecretId);
    // As AWS: a forced deletion of nothing succeeds.
    if (!secret && force) return [];
    if (!secret) throw refusals.notFound();
    const { accountId, region, name, suffix } = secret;
    if (force) return [event('SecretDeleted', { accountId, region, name, suffix })];
    if (secret.deletedAt !== undefined) throw refusals.deletedAlready();
    const restorableUntil = new Date(Date.parse(context.at) + (days ?? DEFAULT_WINDOW_DAYS) * DAY_MS).toISOString();
    return [event('SecretDeletionScheduled', { accountId, region, name, restorableUntil })];
  },
  // Of one that is gone the event knows more than the state; when that was, whoever answers.
  reply(state, { SecretId }, [gone], caller) {
    if (gone?.type === 'SecretDeleted') return nameAndArn(gone.data as SecretsEvents['SecretDeleted']);
    const secret = findSecret(state, caller, SecretId);
    return secret ? { ...nameAndArn(secret), DeletionDate: secret.restorableUntil } : { ARN: SecretId, Name: SecretId };
  },
};

const restoreSecret: CommandRule<Named> = {
  actors: ITSELF,
  decide(state, { SecretId }, context) {
    const { accountId, region, name, deletedAt } = secretNamed(state, context, SecretId);
    return deletedAt === undefined ? [] : [event('SecretRestored', { accountId, region, name })];
  },
  reply: (state, { SecretId }, _events, caller) => named(state, caller, SecretId),
};

const tagResource: CommandRule<Named & { readonly Tags: readonly Tag[] }> = {
  actors: ITSELF,
  decide(state, { SecretId, Tags }, context) {
    const { accountId, region, name, tags: now } = liveSecret(state, context, SecretId);
    const tags: Tags = tagMap(Tags);
    checkTags(tags, now, ofTags);
    const changed = changedTags(now, tags);
    return Object.keys(changed).length === 0 ? [] : [event('SecretTagged', { accountId, region, name, tags: changed })];
  },
  reply: () => ({}),
};

const untagResource: CommandRule<Named & { readonly TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, { SecretId, TagKeys }, context) {
    const { accountId, region, name, tags } = liveSecret(state, context, SecretId);
    const tagKeys = presentKeys(tags, TagKeys);
    return tagKeys.length === 0 ? [] : [event('SecretUntagged', { accountId, region, name, tagKeys })];
  },
  reply: () => ({}),
};

/** So many secrets and keys end in one command at most. */
const ENDS_AT_ONCE = 100;

/** The app's own: recovery windows of secrets, and waiting windows of keys, that are over. */
const expire: CommandRule = {
  actors: ITSELF,
  decide(state, _input, { at }) {
    const events: EventRecord[] = [];
    for (const key of keysOverdue(state, at)) {
      if (events.length === ENDS_AT_ONCE) break;
      events.push(endOf(key));
    }
    for (const { accountId, region, name, suffix } of overdue(state, at)) {
      if (events.length === ENDS_AT_ONCE) break;
      events.push(event('SecretDeleted', { accountId, region, name, suffix }));
    }
    return events;
  },
  reply: () => ({}),
};

export function* overdue({ secrets }: SecretsState, at: string): Iterable<Secret> {
  for (const secret of secrets.by('ending', ENDING)) if (secret.restorableUntil! <= at) yield secret;
}

const nameAndArn = (secret: SecretName) => ({ ARN: secretArn(secret), Name: secret.name });
const named = (state: SecretsState, scope: Scope, id: string) => nameAndArn(secretNamed(state, scope, id));

export const secretCommands: CommandRules = {
  CreateSecret: createSecret,
  UpdateSecret: updateSecret,
  DeleteSecret: deleteSecret,
  RestoreSecret: restoreSecret,
  TagResource: tagResource,
  UntagResource: untagResource,
  Expire: expire,
};
