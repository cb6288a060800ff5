import type { Commit } from '#lib/journal';
import { SecretsWorld } from '../../support/secrets-world.js';

/** Secrets and parameters with their versions, labels, tags and ends. What seals is no journal's business: the texts are made up. */
export function recordSecrets(): Commit[] {
  const world = new SecretsWorld();
  let sealed = 0;
  const value = () => ({ kind: 'string', sealed: { keyId: `key-${++sealed}`, text: `sealed ${sealed}` } });
  const put = (ClientRequestToken: string, more: object = {}) =>
    world.given('PutSecretValue', { SecretId: 'db', ClientRequestToken, value: value(), ...more });
  const Tags = [{ Key: 'a', Value: '1' }];
  for (const Name of ['db', 'old']) world.given('CreateSecret', { Name, ClientRequestToken: 'v0', Tags, value: value() });
  world.given('UpdateSecret', { SecretId: 'db', ClientRequestToken: 'v1', Description: 'a database', value: value() });
  put('v2', { VersionStages: ['blue'] });
  world.given('UpdateSecretVersionStage', { SecretId: 'db', VersionStage: 'blue', RemoveFromVersionId: 'v2' });
  for (let i = 3; i < 102; i++) put(`v${i}`);
  world.given('TagResource', { SecretId: 'db', Tags: [{ Key: 'b', Value: '2' }] });
  world.given('UntagResource', { SecretId: 'db', TagKeys: ['a'] });
  world.given('DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 7 });
  world.given('RestoreSecret', { SecretId: 'db' });
  world.given('DeleteSecret', { SecretId: 'old', ForceDeleteWithoutRecovery: true });
  const parameter = (Name: string, more: object = {}) =>
    world.given('PutParameter', { Name, Type: 'String', tier: 'Standard', value: value().sealed, ...more });
  for (const Name of ['/web/url', 'old']) parameter(Name, { Tags });
  for (let i = 0; i < 101; i++) parameter('/web/url', { Overwrite: true, Description: `${i}` });
  parameter('token', { Type: 'SecureString' });
  world.given('LabelParameterVersion', { Name: '/web/url', Labels: ['live', 'next'] });
  world.given('UnlabelParameterVersion', { Name: '/web/url', ParameterVersion: 102, Labels: ['next'] });
  const resource = { ResourceType: 'Parameter', ResourceId: '/web/url' };
  world.given('AddTagsToResource', { ...resource, Tags: [{ Key: 'b', Value: '2' }] });
  world.given('RemoveTagsFromResource', { ...resource, TagKeys: ['a'] });
  world.given('DeleteParameter', { Name: 'old' });
  world.given('RecordDestroyedKeys', { keyIds: [[...world.state.retiredKeys.values()][0]!.keyId] });
  return world.commits;
}

/** Keys of KMS with their aliases, in every state, and their end. */
export function recordKeys(): Commit[] {
  const world = new SecretsWorld();
  const key = (materialId: string, more: object = {}): string =>
    world.given<{ KeyMetadata: { KeyId: string } }>('CreateKey', { materialId, ...more }).KeyMetadata.KeyId;
  const KeyId = key('material-1', { Description: 'of the shop', Tags: [{ TagKey: 'a', TagValue: '1' }] });
  const gone = key('material-2');
  world.given('CreateAlias', { AliasName: 'alias/shop', TargetKeyId: gone });
  world.given('UpdateAlias', { AliasName: 'alias/shop', TargetKeyId: KeyId });
  for (const AliasName of ['alias/gone', 'alias/taken-away']) world.given('CreateAlias', { AliasName, TargetKeyId: gone });
  world.given('DeleteAlias', { AliasName: 'alias/taken-away' });
  world.given('UpdateKeyDescription', { KeyId, Description: 'of another shop' });
  world.given('PutKeyPolicy', { KeyId, Policy: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*"}]}' });
  world.given('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
  world.given('EnableKeyRotation', { KeyId });
  world.given('DisableKeyRotation', { KeyId });
  world.given('TagKey', { KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] });
  world.given('UntagKey', { KeyId, TagKeys: ['a'] });
  world.given('DisableKey', { KeyId });
  world.given('EnableKey', { KeyId });
  world.given('ScheduleKeyDeletion', { KeyId });
  world.given('CancelKeyDeletion', { KeyId });
  world.given('ScheduleKeyDeletion', { KeyId: gone, PendingWindowInDays: 7 });
  world.now += 8 * 86_400_000;
  world.given('Expire', {});
  return world.commits;
}

/** Resource policies of secrets: put, put anew and taken away. */
export function recordSecretPolicies(): Commit[] {
  const world = new SecretsWorld();
  const put = (SecretId: string, Effect: string) =>
    world.given('PutResourcePolicy', { SecretId, ResourcePolicy: `{"Statement":{"Effect":"${Effect}","Principal":"*"}}` });
  for (const Name of ['db', 'open']) world.given('CreateSecret', { Name, ClientRequestToken: '1'.repeat(32) });
  for (const Effect of ['Allow', 'Deny']) put('db', Effect);
  put('open', 'Allow');
  world.given('DeleteResourcePolicy', { SecretId: 'open' });
  return world.commits;
}
