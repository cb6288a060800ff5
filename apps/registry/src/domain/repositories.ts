import { statementsIn, type WrittenStatement } from '#lib/access';
import { paginate, pageReply, scopeKey } from '#lib/kernel';
import { event, type RegistryEvents } from './events.js';
import { imagesOf, keyOf, type OfRepositoryInput, repositoryOf } from './lookup.js';
import type { Encryption, ExclusionFilter, Repository, TagMutability } from './model.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { type RegistryState, repositoryKey } from './state.js';
import { type Tag, tagMap } from './tags.js';

export const repositoryArn = ({ accountId, region, name }: Pick<Repository, 'accountId' | 'region' | 'name'>): string =>
  `arn:aws:ecr:${region}:${accountId}:repository/${name}`;

/** `repositoryUri` without the registry's host, which only the app knows. */
export const repositoryView = (repository: Repository) => ({
  repositoryArn: repositoryArn(repository),
  registryId: repository.accountId,
  repositoryName: repository.name,
  repositoryUri: keyOf(repository),
  createdAt: repository.createdAt,
  imageTagMutability: repository.tagMutability,
  ...(repository.exclusionFilters.length > 0 ? { imageTagMutabilityExclusionFilters: repository.exclusionFilters } : {}),
  imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
  encryptionConfiguration: repository.encryption,
});

interface Mutability {
  readonly imageTagMutability?: TagMutability;
  readonly imageTagMutabilityExclusionFilters?: readonly ExclusionFilter[];
}

/** ECR allows two wildcards in a filter: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html */
function mutabilityOf({
  imageTagMutability: tagMutability = 'MUTABLE',
  imageTagMutabilityExclusionFilters: filters = [],
}: Mutability) {
  const takesFilters = tagMutability.endsWith('_WITH_EXCLUSION');
  if (takesFilters !== filters.length > 0) {
    throw refusals.invalidAt(
      'imageTagMutabilityExclusionFilters',
      takesFilters
        ? `${tagMutability} needs at least one exclusion filter`
        : `exclusion filters need IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION, not ${tagMutability}`,
    );
  }
  if (filters.some(({ filter }) => filter.split('*').length > 3))
    throw refusals.invalidAt('imageTagMutabilityExclusionFilters', 'a filter may have two wildcards (*)');
  return { tagMutability, exclusionFilters: filters };
}

interface CreateInput extends OfRepositoryInput, Mutability {
  readonly tags?: readonly Tag[];
  readonly imageScanningConfiguration?: { readonly scanOnPush?: boolean };
  readonly encryptionConfiguration?: Encryption;
}

const described = ({ repositories }: RegistryState, key: string) => {
  const found = repositories.get(key);
  return found && { repository: repositoryView(found) };
};

const createRepository: CommandRule<CreateInput> = {
  actors: ITSELF,
  decide({ repositories }, input, { accountId, region }) {
    const { registryId = accountId, repositoryName: name } = input;
    if (registryId !== accountId) throw refusals.invalidAt('registryId', `the caller's account is ${accountId}`);
    if (repositories.has(repositoryKey({ accountId, region }, name))) throw refusals.repositoryExists(name, accountId);
    return [
      event('RepositoryCreated', {
        accountId,
        region,
        name,
        ...mutabilityOf(input),
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        encryption: input.encryptionConfiguration ?? { encryptionType: 'AES256' },
        tags: tagMap(input.tags),
      }),
    ];
  },
  reply: (state, { repositoryName }, _events, scope) => described(state, repositoryKey(scope, repositoryName)) ?? {},
};

const deleteRepository: CommandRule<OfRepositoryInput & { readonly force?: boolean }> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const repository = repositoryOf(state, { accountId, region }, input);
    const { name, createdAt, tagMutability } = repository;
    if (input.force !== true && imagesOf(state, repository).length > 0) throw refusals.notEmpty(name, accountId);
    return [event('RepositoryDeleted', { accountId, region, name, createdAt, tagMutability })];
  },
  // What was there; the state has it no more.
  reply(_state, { repositoryName }, [deleted], { accountId, region }) {
    const { createdAt, tagMutability } = deleted!.data as RegistryEvents['RepositoryDeleted'];
    const of = { accountId, region, name: repositoryName };
    return {
      repository: {
        repositoryArn: repositoryArn(of),
        registryId: accountId,
        repositoryName,
        repositoryUri: repositoryKey(of, repositoryName),
        createdAt,
        imageTagMutability: tagMutability,
      },
    };
  },
};

const putImageTagMutability: CommandRule<OfRepositoryInput & Mutability> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name } = repositoryOf(state, { accountId, region }, input);
    return [event('RepositoryChanged', { accountId, region, name, ...mutabilityOf(input) })];
  },
  reply: (_state, { repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters }, _events, { accountId }) => ({
    registryId: accountId,
    repositoryName,
    imageTagMutability,
    ...(imageTagMutabilityExclusionFilters ? { imageTagMutabilityExclusionFilters } : {}),
  }),
};

interface ScanningInput extends OfRepositoryInput {
  readonly imageScanningConfiguration: { readonly scanOnPush?: boolean };
}

const putImageScanningConfiguration: CommandRule<ScanningInput> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name } = repositoryOf(state, { accountId, region }, input);
    return [
      event('RepositoryChanged', { accountId, region, name, scanOnPush: input.imageScanningConfiguration.scanOnPush ?? false }),
    ];
  },
  reply: (_state, { repositoryName, imageScanningConfiguration }, _events, { accountId }) => ({
    registryId: accountId,
    repositoryName,
    imageScanningConfiguration: { scanOnPush: imageScanningConfiguration.scanOnPush ?? false },
  }),
};

interface DescribeInput {
  readonly registryId?: string;
  readonly repositoryNames?: readonly string[];
  readonly nextToken?: string;
  readonly maxResults?: number;
}

const describeRepositories: QueryRule<DescribeInput> = (state, { registryId, repositoryNames, ...page }, scope) => {
  if (repositoryNames) {
    const named = repositoryNames.map((repositoryName) => repositoryOf(state, scope, { registryId, repositoryName }));
    return { repositories: named.map(repositoryView) };
  }
  const all = registryId === undefined || registryId === scope.accountId ? state.repositories.by('scope', scopeKey(scope)) : [];
  const { items, ...more } = paginate(all, ({ name }) => name, page, { list: 'repositories', limit: 1_000 });
  return pageReply('repositories', { items: items.map(repositoryView), ...more });
};

interface PolicyInput extends OfRepositoryInput {
  readonly policyText: string;
}

const setRepositoryPolicy: CommandRule<PolicyInput> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name } = repositoryOf(state, { accountId, region }, input);
    checkIsPolicy(input.policyText, 'Invalid repository policy provided');
    return [event('RepositoryPolicyChanged', { accountId, region, name, policyText: input.policyText })];
  },
  reply: (_state, { repositoryName, policyText }, _events, { accountId }) => ({
    registryId: accountId,
    repositoryName,
    policyText,
  }),
};

export function checkIsPolicy(text: string, complaint: string): void {
  if (!statementsIn(text)?.every(isStatement)) throw refusals.invalidAt('PolicyText', complaint);
}

/** A repository's names no resource, the registry's does. */
const isStatement = ({ Effect, Principal, NotPrincipal, Action, NotAction }: WrittenStatement): boolean =>
  (Effect === 'Allow' || Effect === 'Deny') && (Principal ?? NotPrincipal) !== undefined && (Action ?? NotAction) !== undefined;

const deleteRepositoryPolicy: CommandRule<OfRepositoryInput> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name, policyText } = repositoryOf(state, { accountId, region }, input);
    if (policyText === undefined) throw refusals.noPolicy(name, accountId);
    return [event('RepositoryPolicyChanged', { accountId, region, name, policyText: null, was: policyText })];
  },
  reply: (_state, { repositoryName }, [deleted], { accountId }) => ({
    registryId: accountId,
    repositoryName,
    policyText: (deleted?.data as { was?: string } | undefined)?.was,
  }),
};

const getRepositoryPolicy: QueryRule<OfRepositoryInput> = (state, input, scope) => {
  const { accountId, name, policyText } = repositoryOf(state, scope, input);
  if (policyText === undefined) throw refusals.noPolicy(name, accountId);
  return { registryId: accountId, repositoryName: name, policyText };
};

export const repositoryCommands: CommandRules = {
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  PutImageTagMutability: putImageTagMutability,
  PutImageScanningConfiguration: putImageScanningConfiguration,
  SetRepositoryPolicy: setRepositoryPolicy,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
};
export const repositoryQueries: QueryRules = {
  DescribeRepositories: describeRepositories,
  GetRepositoryPolicy: getRepositoryPolicy,
};
