import type { EventRecord } from '#lib/kernel';
import { event } from '../events.js';
import type { SealedValue, Secret } from '../model.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import { nameKey, type SecretsState, secretVersionKey } from '../state.js';
import { CURRENT, liveSecret, PREVIOUS, secretArn, stagesOf } from './lookup.js';
import { refusals } from './refusals.js';

/** A value as the command has it: sealed before it was sent. */
export interface NewValue {
  readonly kind: 'string' | 'binary';
  readonly sealed: SealedValue;
  /** Whether the version that has this id already holds the same; absent where none was there when it was sealed. */
  readonly isSame?: boolean;
}

/** Whether the request was answered before. Refuses another value under an id that is in use. */
export function isRepeated(state: SecretsState, secret: Secret, token: string, { isSame }: NewValue): boolean {
  if (!state.secretVersions.has(secretVersionKey(secret, secret.name, token))) return false;
  if (isSame === undefined) throw refusals.tokenUsedNow();
  if (!isSame) throw refusals.tokenUsed(token);
  return true;
}

type Stages = Readonly<Record<string, string>>;

/** What moves when these labels go to a version: AWSPREVIOUS follows where AWSCURRENT was. */
function moved(stages: Stages, labels: readonly string[], versionId: string): Readonly<Record<string, string>> {
  const changes = Object.fromEntries(labels.filter((label) => stages[label] !== versionId).map((label) => [label, versionId]));
  const before = stages[CURRENT];
  return CURRENT in changes && before !== undefined ? { ...changes, [PREVIOUS]: before } : changes;
}

/** As AWS bounds a secret; those that no label points to are the first to go. */
const MAX_VERSIONS = 100;

interface NewVersion {
  readonly versionId: string;
  readonly value: NewValue;
  readonly labels?: readonly string[];
}

/** A new version, its labels, and what it crowds out. */
export function versionEvents(
  state: SecretsState,
  secret: Pick<Secret, 'accountId' | 'region' | 'name' | 'stages'>,
  { versionId, value, labels = [CURRENT] }: NewVersion,
): EventRecord[] {
  const { accountId, region, name } = secret;
  const stages = moved(secret.stages, labels, versionId);
  const labelled = new Set(Object.values({ ...secret.stages, ...stages }));
  const versions = Array.from(state.secretVersions.by('secret', nameKey(secret, name)));
  const idle = versions.filter((version) => !labelled.has(version.versionId));
  idle.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  const dropped = idle.slice(0, Math.max(0, versions.length + 1 - MAX_VERSIONS)).map((version) => version.versionId);
  return [
    event('SecretVersionCreated', { accountId, region, secret: name, versionId, kind: value.kind, value: value.sealed }),
    event('SecretStagesMoved', { accountId, region, name, stages }),
    ...(dropped.length > 0 ? [event('SecretVersionsDropped', { accountId, region, name, versionIds: dropped })] : []),
  ];
}

interface PutSecretValueInput {
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly VersionStages?: readonly string[];
  readonly value: NewValue;
}

const putSecretValue: CommandRule<PutSecretValueInput> = {
  actors: ITSELF,
  decide(state, { SecretId, ClientRequestToken, VersionStages, value }, context) {
    const secret = liveSecret(state, context, SecretId);
    if (isRepeated(state, secret, ClientRequestToken, value)) return [];
    return versionEvents(state, secret, { versionId: ClientRequestToken, value, labels: VersionStages });
  },
  reply(state, { SecretId, ClientRequestToken, VersionStages = [] }, _events, caller) {
    const secret = liveSecret(state, caller, SecretId);
    const stages = stagesOf(secret, ClientRequestToken);
    return {
      ARN: secretArn(secret),
      Name: secret.name,
      VersionId: ClientRequestToken,
      // In the order in which they were given.
      VersionStages: [...new Set([...VersionStages, ...stages])].filter((stage) => stages.includes(stage)),
    };
  },
};

interface UpdateStageInput {
  readonly SecretId: string;
  readonly VersionStage: string;
  readonly RemoveFromVersionId?: string;
  readonly MoveToVersionId?: string;
}

const updateSecretVersionStage: CommandRule<UpdateStageInput> = {
  actors: ITSELF,
  decide(state, { SecretId, VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to }, context) {
    const secret = liveSecret(state, context, SecretId);
    const { accountId, region, name, stages } = secret;
    const at = stages[stage];
    for (const version of [from, to])
      if (version !== undefined && !state.secretVersions.has(secretVersionKey(secret, name, version)))
        throw refusals.noVersion(`VersionId: ${version}`);
    if (from !== undefined && at !== from)
      throw refusals.invalidParameter(
        `The staging label ${stage} isn't currently attached to version ${from}, so you can't remove it from there.`,
      );
    if (to === undefined) {
      if (from === undefined) throw refusals.invalidParameter('You must specify MoveToVersionId, RemoveFromVersionId or both.');
      if (stage === CURRENT)
        throw refusals.invalidParameter(
          `You can only move staging label ${CURRENT} to a different secret version. It can’t be completely removed.`,
        );
      return [event('SecretStagesMoved', { accountId, region, name, stages: { [stage]: null } })];
    }
    if (at === to) return [];
    if (at !== undefined && from === undefined)
      throw refusals.invalidParameter(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${at}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    return [event('SecretStagesMoved', { accountId, region, name, stages: moved(stages, [stage], to) })];
  },
  reply(state, { SecretId }, _events, caller) {
    const secret = liveSecret(state, caller, SecretId);
    return { ARN: secretArn(secret), Name: secret.name };
  },
};

export const versionCommands: CommandRules = {
  PutSecretValue: putSecretValue,
  UpdateSecretVersionStage: updateSecretVersionStage,
};
