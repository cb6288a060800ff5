import { paginate, pageReply } from '#lib/kernel';
import { event } from '../events.js';
import { findImage, imagesOf, type OfRepositoryInput, repositoryOf, tagsOf } from '../lookup.js';
import type { Repository } from '../model.js';
import { type ImageId, refusals } from '../refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { POLICED, type RegistryState } from '../state.js';
import { type Expiring, expiring } from './expiring.js';
import { parseLifecyclePolicy } from './policy.js';

interface PolicyInput extends OfRepositoryInput {
  readonly lifecyclePolicyText: string;
}

const putLifecyclePolicy: CommandRule<PolicyInput> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name } = repositoryOf(state, { accountId, region }, input);
    parseLifecyclePolicy(input.lifecyclePolicyText);
    return [event('LifecyclePolicyChanged', { accountId, region, name, policyText: input.lifecyclePolicyText })];
  },
  reply: (_state, { repositoryName, lifecyclePolicyText }, _events, { accountId }) => ({
    registryId: accountId,
    repositoryName,
    lifecyclePolicyText,
  }),
};

const deleteLifecyclePolicy: CommandRule<OfRepositoryInput> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name, lifecyclePolicyText } = repositoryOf(state, { accountId, region }, input);
    if (lifecyclePolicyText === undefined) throw refusals.noLifecyclePolicy(name, accountId);
    return [event('LifecyclePolicyChanged', { accountId, region, name, policyText: null, was: lifecyclePolicyText })];
  },
  reply: (_state, { repositoryName }, [deleted], { accountId }) => ({
    registryId: accountId,
    repositoryName,
    lifecyclePolicyText: (deleted?.data as { was?: string } | undefined)?.was,
  }),
};

const getLifecyclePolicy: QueryRule<OfRepositoryInput> = (state, input, scope) => {
  const { accountId, name, lifecyclePolicyText } = repositoryOf(state, scope, input);
  if (lifecyclePolicyText === undefined) throw refusals.noLifecyclePolicy(name, accountId);
  return { registryId: accountId, repositoryName: name, lifecyclePolicyText };
};

/** Of the policy that is given, or else of the repository's own. */
const startLifecyclePolicyPreview: CommandRule<OfRepositoryInput & { readonly lifecyclePolicyText?: string }> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const { name, lifecyclePolicyText } = repositoryOf(state, { accountId, region }, input);
    const policyText = input.lifecyclePolicyText ?? lifecyclePolicyText;
    if (policyText === undefined) throw refusals.noLifecyclePolicy(name, accountId);
    parseLifecyclePolicy(policyText);
    return [event('LifecyclePolicyPreviewStarted', { accountId, region, name, policyText })];
  },
  reply: (_state, { repositoryName }, [started], { accountId }) => ({
    registryId: accountId,
    repositoryName,
    lifecyclePolicyText: (started?.data as { policyText?: string } | undefined)?.policyText,
    status: 'IN_PROGRESS',
  }),
};

interface PreviewInput extends OfRepositoryInput {
  readonly imageIds?: readonly ImageId[];
  readonly filter?: { readonly tagStatus?: string };
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** Of the images that there are now, as old as they were when it was started: done as soon as it is asked for. */
const getLifecyclePolicyPreview: QueryRule<PreviewInput> = (
  state,
  { imageIds, filter, nextToken, maxResults, ...input },
  scope,
) => {
  const repository = repositoryOf(state, scope, input);
  const { accountId, name, preview } = repository;
  if (!preview) throw refusals.noPreview(name, accountId);
  const found = expiringIn(state, repository, preview.policyText, preview.at);
  const asked = imageIds && new Set(imageIds.map((id) => findImage(state, repository, id)?.digest));
  const shown = found.filter(({ image: { digest, imageTags } }) => {
    if (asked && !asked.has(digest)) return false;
    const { tagStatus = 'ANY' } = filter ?? {};
    return tagStatus === 'ANY' || (tagStatus === 'TAGGED') === imageTags.length > 0;
  });
  const page = paginate(shown, ({ image }) => image.digest, { nextToken, maxResults }, { list: `preview of ${name}` });
  return {
    registryId: accountId,
    repositoryName: name,
    lifecyclePolicyText: preview.policyText,
    status: 'COMPLETE',
    ...pageReply('previewResults', { ...page, items: page.items.map(previewed) }),
    summary: { expiringImageTotalCount: found.length },
  };
};

const previewed = ({ image, priority }: Expiring) => ({
  ...(image.imageTags.length > 0 ? { imageTags: image.imageTags } : {}),
  imageDigest: image.digest,
  imagePushedAt: image.pushedAt,
  action: { type: 'EXPIRE' },
  appliedRulePriority: priority,
});

function expiringIn(state: RegistryState, repository: Repository, policyText: string, at: string): readonly Expiring[] {
  const images = imagesOf(state, repository).map((image) => ({ ...image, imageTags: tagsOf(state, image) }));
  return expiring(images, parseLifecyclePolicy(policyText), at);
}

function* overdue(state: RegistryState, at: string): Generator<Expiring> {
  for (const repository of state.repositories.by('policed', POLICED))
    yield* expiringIn(state, repository, repository.lifecyclePolicyText!, at);
}

export const isExpired = (state: RegistryState, at: string): boolean => overdue(state, at).next().done !== true;

/** So that a command stays a small one; the clock asks again at once. */
const AT_ONCE = 100;

/** The clock's. Lists come before what they are of, which goes the next time. */
const expire: CommandRule<object> = {
  actors: ITSELF,
  decide: (state, _input, { at }) =>
    Array.from(overdue(state, at))
      .slice(0, AT_ONCE)
      .map(({ image: { accountId, region, repository, digest, imageTags: tags }, priority: rulePriority }) =>
        event('ImageDeleted', { accountId, region, repository, digest, tags, rulePriority }),
      ),
  reply: () => ({}),
};

export const lifecycleCommands: CommandRules = {
  PutLifecyclePolicy: putLifecyclePolicy,
  DeleteLifecyclePolicy: deleteLifecyclePolicy,
  StartLifecyclePolicyPreview: startLifecyclePolicyPreview,
  Expire: expire,
};
export const lifecycleQueries: QueryRules = {
  GetLifecyclePolicy: getLifecyclePolicy,
  GetLifecyclePolicyPreview: getLifecyclePolicyPreview,
};
