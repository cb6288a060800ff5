import type { Scope } from '#lib/kernel';
import type { Secret, SecretVersion } from '../model.js';
import { nameKey, type SecretsState, secretVersionKey } from '../state.js';
import { refusals } from './refusals.js';

export type SecretName = Pick<Secret, 'accountId' | 'region' | 'name' | 'suffix'>;

export const secretArn = ({ accountId, region, name, suffix }: SecretName): string =>
  `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`;

const ARN = /^arn:[^:]+:secretsmanager:([^:]+):([^:]+):secret:(.+)$/;
const SUFFIX = /-([A-Za-z0-9]{6})$/;

/** By name, ARN, or ARN without the six characters at its end, as Secrets Manager finds it. */
export function findSecret({ secrets }: SecretsState, scope: Scope, id: string): Secret | undefined {
  if (!id.startsWith('arn:')) return secrets.get(nameKey(scope, id));
  const [, region, accountId, rest] = ARN.exec(id) ?? [];
  if (rest === undefined || region !== scope.region || accountId !== scope.accountId) return undefined;
  const suffix = SUFFIX.exec(rest)?.[1];
  const whole = suffix === undefined ? undefined : secrets.get(nameKey(scope, rest.slice(0, -suffix.length - 1)));
  return whole && whole.suffix === suffix ? whole : secrets.get(nameKey(scope, rest));
}

export function secretNamed(state: SecretsState, scope: Scope, id: string): Secret {
  const secret = findSecret(state, scope, id);
  if (!secret) throw refusals.notFound();
  return secret;
}

/** Most operations refuse one that waits for its end. */
export function liveSecret(state: SecretsState, scope: Scope, id: string): Secret {
  const secret = secretNamed(state, scope, id);
  if (secret.deletedAt !== undefined) throw refusals.markedForDeletion();
  return secret;
}

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';

/** The labels of a version, in order. */
export const stagesOf = ({ stages }: Secret, versionId: string): readonly string[] =>
  Object.keys(stages)
    .filter((stage) => stages[stage] === versionId)
    .sort();

export interface WhichVersion {
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

export function versionOf(state: SecretsState, secret: Secret, { VersionId, VersionStage }: WhichVersion): SecretVersion {
  const stage = VersionStage ?? CURRENT;
  const versionId = VersionId ?? secret.stages[stage];
  if (versionId === undefined) throw refusals.noVersion(`staging label: ${stage}`);
  const version = state.secretVersions.get(secretVersionKey(secret, secret.name, versionId));
  if (!version) throw refusals.noVersion(`VersionId: ${versionId}`);
  if (VersionStage !== undefined && secret.stages[VersionStage] !== versionId)
    throw refusals.invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  return version;
}
