import { type Scope, scopeKey } from '#lib/kernel';
import { pageOf } from '../pages.js';
import type { QueryRule, QueryRules } from '../rule-types.js';
import type { SecretsState } from '../state.js';
import { aliasArn, AWS_SERVICES, awsKeyId, checkUsable, findKey, type Found, idOf, keyArn } from './lookup.js';
import type { KmsKey } from './model.js';
import { defaultPolicy } from './policy.js';
import { refusals } from './refusals.js';
import { keyKey } from './tables.js';

interface Named {
  readonly KeyId: string;
}

interface Paged {
  readonly Limit?: number;
  readonly Marker?: string;
}

const ALGORITHM = 'SYMMETRIC_DEFAULT';
const DAY_MS = 86_400_000;

const common = {
  KeyUsage: 'ENCRYPT_DECRYPT',
  Origin: 'AWS_KMS',
  CustomerMasterKeySpec: ALGORITHM,
  KeySpec: ALGORITHM,
  EncryptionAlgorithms: [ALGORITHM],
  MultiRegion: false,
};

const stateOf = ({ isDisabled, deletedFrom }: KmsKey) =>
  deletedFrom !== undefined ? 'PendingDeletion' : isDisabled ? 'Disabled' : 'Enabled';

export const metadataOf = (key: KmsKey) => ({
  AWSAccountId: key.accountId,
  KeyId: key.id,
  Arn: keyArn(key, key.id),
  CreationDate: key.createdAt,
  Enabled: stateOf(key) === 'Enabled',
  Description: key.description,
  KeyState: stateOf(key),
  DeletionDate: key.deletedFrom,
  KeyManager: 'CUSTOMER',
  ...common,
});

/** Of keys that AWS manages nobody knows since when: as if they had always been there. */
const ALWAYS = '2026-01-01T00:00:00.000Z';

const metadataOfAws = (scope: Scope, { id, service }: { readonly id: string; readonly service: string }) => ({
  AWSAccountId: scope.accountId,
  KeyId: id,
  Arn: keyArn(scope, id),
  CreationDate: ALWAYS,
  Enabled: true,
  Description: `Default key that protects my ${service} data when no other key is defined`,
  KeyState: 'Enabled',
  KeyManager: 'AWS',
  ...common,
});

const describeKey: QueryRule<Named> = (state, { KeyId }, caller) => {
  const found = findKey(state, caller, KeyId);
  return { KeyMetadata: found.of === 'aws' ? metadataOfAws(caller, found) : metadataOf(found.key) };
};

function paged<T>(all: Iterable<T>, { Limit, Marker }: Paged, list: unknown, size: number, keyOf: (item: T) => string) {
  const { items, nextToken } = pageOf(all, {
    size: Limit ?? size,
    nextToken: Marker,
    list: JSON.stringify(list),
    keyOf,
    badToken: refusals.badMarker,
  });
  return { items, more: { NextMarker: nextToken, Truncated: nextToken !== undefined } };
}

const listKeys: QueryRule<Paged> = (state, input, caller) => {
  const ids = [
    ...Array.from(state.kmsKeys.by('scope', scopeKey(caller)), ({ id }) => id),
    ...AWS_SERVICES.map((service) => awsKeyId(caller, service)),
  ];
  const { items, more } = paged(ids, input, ['keys'], 100, (id) => id);
  return { Keys: items.map((id) => ({ KeyId: id, KeyArn: keyArn(caller, id) })), ...more };
};

const listAliases: QueryRule<Paged & Partial<Named>> = (state, input, caller) => {
  const of = input.KeyId === undefined ? undefined : findKey(state, caller, input.KeyId, 'id');
  const aliases = [...ownAliases(state, caller, of), ...aliasesOfAws(caller, of)];
  const { items, more } = paged(aliases, input, ['aliases', of && idOf(of)], 50, ({ AliasName }) => AliasName);
  return { Aliases: items, ...more };
};

function ownAliases({ kmsAliases }: SecretsState, caller: Scope, of: Found | undefined) {
  const found = of === undefined ? kmsAliases.by('scope', scopeKey(caller)) : kmsAliases.by('key', keyKey(caller, idOf(of)));
  return Array.from(found, (alias) => ({
    AliasName: alias.name,
    AliasArn: aliasArn(alias, alias.name),
    TargetKeyId: alias.keyId,
    CreationDate: alias.createdAt,
    LastUpdatedDate: alias.changedAt,
  }));
}

function aliasesOfAws(caller: Scope, of: Found | undefined) {
  const services = AWS_SERVICES.filter((service) => of === undefined || awsKeyId(caller, service) === idOf(of));
  return services.map((service) => ({
    AliasName: `alias/aws/${service}`,
    AliasArn: aliasArn(caller, `alias/aws/${service}`),
    TargetKeyId: awsKeyId(caller, service),
    CreationDate: ALWAYS,
    LastUpdatedDate: ALWAYS,
  }));
}

const getKeyPolicy: QueryRule<Named & { readonly PolicyName?: string }> = (state, { KeyId, PolicyName = 'default' }, caller) => {
  const found = findKey(state, caller, KeyId, 'id');
  if (PolicyName !== 'default') throw refusals.noPolicy();
  return { Policy: found.of === 'aws' ? defaultPolicy(caller) : found.key.policy, PolicyName };
};

/** A key has one, of this name. */
const listKeyPolicies: QueryRule<Named> = (state, { KeyId }, caller) => {
  findKey(state, caller, KeyId, 'id');
  return { PolicyNames: ['default'], Truncated: false };
};

const getKeyRotationStatus: QueryRule<Named> = (state, { KeyId }, caller) => {
  const found = findKey(state, caller, KeyId, 'id');
  if (found.of === 'aws') return { KeyId: found.id, KeyRotationEnabled: true, RotationPeriodInDays: 365 };
  const { id, rotationDays, rotatedSince, deletedFrom } = found.key;
  if (rotationDays === undefined || deletedFrom !== undefined) return { KeyId: id, KeyRotationEnabled: false };
  return {
    KeyId: id,
    KeyRotationEnabled: true,
    RotationPeriodInDays: rotationDays,
    NextRotationDate: nextRotation(rotatedSince!, rotationDays, caller.at),
  };
};

function nextRotation(since: string, days: number, at: string): string {
  const periodMs = days * DAY_MS;
  const over = Math.floor((Date.parse(at) - Date.parse(since)) / periodMs);
  return new Date(Date.parse(since) + (Math.max(0, over) + 1) * periodMs).toISOString();
}

/** Also by alias, which AWS refuses: whoever asks whether a use by alias is allowed means the key's tags. */
const listResourceTags: QueryRule<Named & Paged> = (state, input, caller) => {
  const found = findKey(state, caller, input.KeyId);
  const tags = found.of === 'aws' ? [] : Object.entries(found.key.tags);
  const { items, more } = paged(tags, input, ['tags', idOf(found)], 50, ([key]) => key);
  return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...more };
};

/** What whoever encrypts and decrypts needs of a key that may be used. */
export interface KeyToUse {
  readonly id: string;
  readonly arn: string;
  readonly materialId: string;
}

/** The app's own. `keyId`: what a ciphertext names, where the caller names none or another. */
const keyToUse: QueryRule<{ readonly KeyId?: string; readonly keyId?: string }> = (state, { KeyId, keyId }, caller): KeyToUse => {
  const given = KeyId === undefined ? undefined : findKey(state, caller, KeyId);
  if (keyId !== undefined && given && idOf(given) !== keyId) throw refusals.incorrectKey();
  const key = given ?? ofCiphertext(state, caller, keyId!);
  if (key.of === 'aws') throw refusals.managedByAws(keyArn(caller, key.id));
  checkUsable(key.key);
  const { id, materialId } = key.key;
  return { id, arn: keyArn(key.key, id), materialId };
};

function ofCiphertext({ kmsKeys }: SecretsState, caller: Scope, keyId: string): Found {
  const key = kmsKeys.get(keyKey(caller, keyId));
  if (!key) throw refusals.foreignCiphertext();
  return { of: 'account', key };
}

export const kmsQueries: QueryRules = {
  DescribeKey: describeKey,
  ListKeys: listKeys,
  ListAliases: listAliases,
  GetKeyPolicy: getKeyPolicy,
  ListKeyPolicies: listKeyPolicies,
  GetKeyRotationStatus: getKeyRotationStatus,
  ListResourceTags: listResourceTags,
  KeyToUse: keyToUse,
};
