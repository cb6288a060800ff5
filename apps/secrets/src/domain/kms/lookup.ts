import { createHash } from 'node:crypto';
import { refusable, type Scope, scopeKey } from '#lib/kernel';
import type { SecretsState } from '../state.js';
import type { KmsKey } from './model.js';
import { refusals } from './refusals.js';
import { keyKey } from './tables.js';

export const keyArn = ({ accountId, region }: Scope, id: string): string => `arn:aws:kms:${region}:${accountId}:key/${id}`;
export const aliasArn = ({ accountId, region }: Scope, name: string): string => `arn:aws:kms:${region}:${accountId}:${name}`;
export const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** Services whose default key (`alias/aws/…`) files name. They are always there, in each account and region, and in no journal. */
export const AWS_SERVICES: readonly string[] = [
  'acm',
  'backup',
  'dynamodb',
  'ebs',
  'ecr',
  'elasticfilesystem',
  'es',
  'kinesis',
  'lambda',
  'rds',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'xray',
];
const OF_AWS = /^alias\/aws\//;
export const isAwsAlias = (name: string): boolean => OF_AWS.test(name);

/** The same for ever: who asks twice is told the same key. */
export const awsKeyId = (scope: Scope, service: string): string =>
  uuidOf(
    createHash('sha256')
      .update(`${scopeKey(scope)}:${service}`)
      .digest('hex'),
  );

/** A key of the account's, or one that AWS manages. */
export type Found =
  { readonly of: 'account'; readonly key: KmsKey } | { readonly of: 'aws'; readonly id: string; readonly service: string };

export const idOf = (found: Found): string => (found.of === 'aws' ? found.id : found.key.id);

const ARN = /^arn:[^:]+:kms:([^:]*):([^:]*):(?:key\/(.+)|(alias\/.+))$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** By id, ARN, alias or an alias's ARN. `by`: operations that change a key take no alias. */
export function findKey(state: SecretsState, scope: Scope, given: string, by: 'any' | 'id' = 'any'): Found {
  const arn = given.startsWith('arn:') ? ARN.exec(given) : undefined;
  if (arn === null) throw refusals.badArn(given);
  const [, region = scope.region, accountId = scope.accountId, ofKey, ofAlias] = arn ?? [];
  const name = arn ? (ofAlias ?? ofKey!) : given;
  const isAlias = arn ? ofAlias !== undefined : given.startsWith('alias/');
  if (isAlias && by === 'id') throw arn ? refusals.badArn(given) : refusals.badKeyId(given);
  const isElsewhere = region !== scope.region || accountId !== scope.accountId;
  if (isAlias) {
    const found = isElsewhere ? undefined : ofAliasNamed(state, scope, name);
    if (!found) throw refusals.noAlias(arn ? given : aliasArn(scope, name));
    return found;
  }
  const found = isElsewhere ? undefined : ofKeyId(state, scope, name);
  if (found) return found;
  if (!arn && !UUID.test(name)) throw refusals.badKeyId(given);
  throw refusals.noKey(arn ? given : keyArn(scope, name));
}

export function ofKeyId({ kmsKeys }: SecretsState, scope: Scope, id: string): Found | undefined {
  const key = kmsKeys.get(keyKey(scope, id));
  if (key) return { of: 'account', key };
  const service = AWS_SERVICES.find((one) => awsKeyId(scope, one) === id);
  return service === undefined ? undefined : { of: 'aws', id, service };
}

function ofAliasNamed(state: SecretsState, scope: Scope, name: string): Found | undefined {
  const service = isAwsAlias(name) ? name.replace(OF_AWS, '') : undefined;
  if (service !== undefined)
    return AWS_SERVICES.includes(service) ? { of: 'aws', id: awsKeyId(scope, service), service } : undefined;
  const alias = state.kmsAliases.get(keyKey(scope, name));
  return alias && ofKeyId(state, scope, alias.keyId);
}

/** A key of the account's, in whatever state. */
export function ownKey(state: SecretsState, scope: Scope, given: string, by: 'any' | 'id' = 'id'): KmsKey {
  const found = findKey(state, scope, given, by);
  if (found.of === 'aws') throw refusals.managedByAws(keyArn(scope, found.id));
  return found.key;
}

/** And one that does not wait for its end: most changes are refused then. */
export function livingKey(state: SecretsState, scope: Scope, given: string): KmsKey {
  const key = ownKey(state, scope, given);
  if (key.deletedFrom !== undefined) throw refusals.pendingDeletion(keyArn(key, key.id));
  return key;
}

export function checkUsable(key: KmsKey): void {
  if (key.deletedFrom !== undefined) throw refusals.pendingDeletion(keyArn(key, key.id));
  if (key.isDisabled) throw refusals.disabled(keyArn(key, key.id));
}

/** Whether a service may be told to use the key: one of another account is nothing that is known here, and taken as it is. */
export function isUsable(state: SecretsState, scope: Scope, given: string): boolean {
  const [, region, accountId] = ARN.exec(given) ?? [];
  if (accountId !== undefined && (accountId !== scope.accountId || region !== scope.region)) return true;
  // AWS knows more services than are listed here; a service's default key is always there.
  if (isAwsAlias(given.replace(/^arn:.*:alias\//, 'alias/'))) return true;
  const found = refusable(() => findKey(state, scope, given));
  if ('rejection' in found) return false;
  return found.ok.of === 'aws' || (found.ok.key.deletedFrom === undefined && !found.ok.key.isDisabled);
}
