import { type Scope, scopeKey } from '#lib/kernel';
import type { Secret, SecretVersion } from '../model.js';
import { pageOf } from '../pages.js';
import type { QueryRule, QueryRules } from '../rule-types.js';
import { nameKey, type SecretsState } from '../state.js';
import { tagList } from '../tags.js';
import { liveSecret, secretArn, secretNamed, stagesOf, versionOf, type WhichVersion } from './lookup.js';
import { refusals } from './refusals.js';
import { checkFilters, isAsked, type SecretFilter } from './filters.js';

interface Named {
  readonly SecretId: string;
}

/** With the sealed value: whoever answers opens it. */
const getSecretValue: QueryRule<Named & WhichVersion> = (state, input, caller) => {
  const secret = liveSecret(state, caller, input.SecretId);
  return valueView(secret, versionOf(state, secret, input));
};

const valueView = (secret: Secret, { versionId, kind, value, createdAt }: SecretVersion) => ({
  ARN: secretArn(secret),
  Name: secret.name,
  VersionId: versionId,
  VersionStages: stagesOf(secret, versionId),
  CreatedDate: createdAt,
  kind,
  sealed: value,
});

/** What `GetSecretValue` answers before it is opened. */
export type SealedAnswer = ReturnType<typeof valueView>;

const describeSecret: QueryRule<Named> = (state, { SecretId }, caller) => {
  const secret = secretNamed(state, caller, SecretId);
  return { ...secretView(secret), VersionIdsToStages: versionsToStages(secret) };
};

/** Versions with labels, and no others: AWS's answers leave the rest out, too. */
function versionsToStages(secret: Secret): Readonly<Record<string, readonly string[]>> | undefined {
  const versions = [...new Set(Object.values(secret.stages))];
  return versions.length === 0 ? undefined : Object.fromEntries(versions.map((id) => [id, stagesOf(secret, id)]));
}

const secretView = (secret: Secret) => ({
  ARN: secretArn(secret),
  Name: secret.name,
  Description: secret.description,
  KmsKeyId: secret.kmsKeyId,
  LastChangedDate: secret.changedAt,
  DeletedDate: secret.deletedAt,
  CreatedDate: secret.createdAt,
  Tags: tagList(secret.tags),
});

const SORTED_BY = {
  'created-date': ({ createdAt }: Secret) => createdAt,
  // Nobody keeps when a secret was read: that would be a write a read.
  'last-accessed-date': ({ changedAt }: Secret) => changedAt,
  'last-changed-date': ({ changedAt }: Secret) => changedAt,
  name: () => '',
} as const;

interface ListSecretsInput {
  readonly IncludePlannedDeletion?: boolean;
  readonly Filters?: readonly SecretFilter[];
  readonly SortBy?: keyof typeof SORTED_BY;
  readonly SortOrder?: 'asc' | 'desc';
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const listSecrets: QueryRule<ListSecretsInput> = (state, input, caller) => {
  const { IncludePlannedDeletion, Filters, SortBy = 'created-date', SortOrder = 'asc', MaxResults = 100, NextToken } = input;
  const { items, nextToken } = pageOf(secretsIn(state, caller, Filters, IncludePlannedDeletion), {
    size: MaxResults,
    nextToken: NextToken,
    list: JSON.stringify(['secrets', IncludePlannedDeletion, Filters, SortBy, SortOrder]),
    keyOf: (secret) => `${SORTED_BY[SortBy](secret)} ${secret.name}`,
    descending: SortOrder === 'desc',
    badToken: refusals.badToken,
  });
  const view = (secret: Secret) => ({ ...secretView(secret), SecretVersionsToStages: versionsToStages(secret) });
  return { SecretList: items.map(view), NextToken: nextToken };
};

function* secretsIn(
  { secrets }: SecretsState,
  scope: Scope,
  filters: readonly SecretFilter[] = [],
  withDeleted = false,
): Iterable<Secret> {
  checkFilters(filters);
  for (const secret of secrets.by('scope', scopeKey(scope)))
    if ((withDeleted || secret.deletedAt === undefined) && isAsked(secret, filters)) yield secret;
}

interface ListVersionsInput extends Named {
  readonly IncludeDeprecated?: boolean;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const listSecretVersionIds: QueryRule<ListVersionsInput> = (state, input, caller) => {
  const { SecretId, IncludeDeprecated, MaxResults = 100, NextToken } = input;
  const secret = secretNamed(state, caller, SecretId);
  const views = Array.from(state.secretVersions.by('secret', nameKey(secret, secret.name)), ({ versionId, createdAt }) => {
    const stages = stagesOf(secret, versionId);
    return { VersionId: versionId, ...(stages.length > 0 ? { VersionStages: stages } : {}), CreatedDate: createdAt };
  });
  const { items, nextToken } = pageOf(
    views.filter(({ VersionStages }) => IncludeDeprecated || VersionStages),
    {
      size: MaxResults,
      nextToken: NextToken,
      list: JSON.stringify(['versions', secretArn(secret), IncludeDeprecated]),
      keyOf: ({ CreatedDate, VersionId }) => `${CreatedDate} ${VersionId}`,
      badToken: refusals.badToken,
    },
  );
  return { Versions: items, NextToken: nextToken, ARN: secretArn(secret), Name: secret.name };
};

interface BatchInput {
  readonly SecretIdList?: readonly string[];
  readonly Filters?: readonly SecretFilter[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** With the sealed values, as `GetSecretValue`. */
const batchGetSecretValue: QueryRule<BatchInput> = (state, { SecretIdList, Filters, MaxResults = 20, NextToken }, caller) => {
  if (SecretIdList && Filters) throw refusals.invalidParameter('Either SecretIdList or Filters must be provided, but not both.');
  if (!SecretIdList && !Filters) throw refusals.invalidParameter('Either SecretIdList or Filters must be provided.');
  if (SecretIdList && (MaxResults !== 20 || NextToken !== undefined))
    throw refusals.invalidParameter('MaxResults and NextToken can be used with Filters only.');
  const { items, nextToken } = SecretIdList
    ? { items: [...new Set(SecretIdList)], nextToken: undefined }
    : pageOf(Array.from(secretsIn(state, caller, Filters), secretArn), {
        size: MaxResults,
        nextToken: NextToken,
        list: JSON.stringify(['batch', Filters]),
        keyOf: (arn) => arn,
        badToken: refusals.badToken,
      });
  return { SecretIds: items, NextToken: nextToken };
};

export const secretQueries: QueryRules = {
  GetSecretValue: getSecretValue,
  DescribeSecret: describeSecret,
  ListSecrets: listSecrets,
  ListSecretVersionIds: listSecretVersionIds,
  BatchGetSecretValue: batchGetSecretValue,
};
