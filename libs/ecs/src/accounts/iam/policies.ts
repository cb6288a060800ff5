import type { Caller } from '#lib/kernel';
import { type EcsEvent, event } from '../../model/events.js';
import type { IamPolicy, IamPolicyVersion } from '../../model/iam.js';
import type { CommandRules, QueryRule, QueryRules } from '../../model/rules.js';
import type { EcsState } from '../../model/state.js';
import {
  iamCommand,
  type IamTag,
  type MarkedInput,
  nameOf,
  pageUnder,
  pathOf,
  tagList,
  uniqueId,
  withoutTags,
  withTags,
} from './common.js';
import { documentOf, encoded, MOST_CHARACTERS } from './documents.js';
import { POLICIES_OF_AWS } from './policies-of-aws.js';
import { iamRefusals, required } from './refusals.js';

const MOST_POLICIES = 1_500;
const MOST_VERSIONS = 5;
const LONGEST_NAME = 128;

export interface NamesPolicy {
  readonly PolicyArn?: string;
}

const OF_AWS = 'arn:aws:iam::aws:policy';
export const isOfAws = (arn: string): boolean => /^arn:aws:iam::aws:policy\/[\w+=,.@/-]+$/.test(arn);

const missing = (arn: string) => iamRefusals.missing(`Policy ${arn}`);

export function policyOf(state: EcsState, { accountId }: Pick<Caller, 'accountId'>, { PolicyArn }: NamesPolicy): IamPolicy {
  const arn = required(PolicyArn, 'policyArn');
  const policy = state.iamPolicies.get(arn);
  if (!policy || policy.accountId !== accountId) throw missing(arn);
  return policy;
}

const changed = (policy: IamPolicy): EcsEvent[] => [event('IamPolicyChanged', policy)];
const attachmentsOf = (state: EcsState, arn: string): number => state.iamRoles.countBy('attached', arn);

interface CreateInput {
  readonly PolicyName?: string;
  readonly Path?: string;
  readonly PolicyDocument?: string;
  readonly Description?: string;
  readonly Tags?: readonly IamTag[];
}

const arnOf = (accountId: string, path: string, name: string) => `arn:aws:iam::${accountId}:policy${path}${name}`;

const createPolicy = iamCommand<CreateInput>({
  decide(state, input, context) {
    const { accountId, at } = context;
    const policyName = nameOf(required(input.PolicyName, 'policyName'), LONGEST_NAME);
    const path = pathOf(input.Path);
    const arn = arnOf(accountId, path, policyName);
    const own = [...state.iamPolicies.by('account', accountId)];
    if (own.some((policy) => policy.policyName === policyName))
      throw iamRefusals.exists(`A policy called ${policyName} already exists. Duplicate names are not allowed.`);
    if (own.length >= MOST_POLICIES) throw iamRefusals.limit(`Cannot exceed quota for PoliciesPerAccount: ${MOST_POLICIES}`);
    const document = documentOf(input.PolicyDocument, 'policyDocument', MOST_CHARACTERS.managed);
    return [
      event('IamPolicyCreated', {
        accountId,
        arn,
        policyName,
        path,
        policyId: uniqueId('ANPA', context.id('policy')),
        ...(input.Description ? { description: input.Description } : {}),
        versions: [{ versionId: 'v1', document, createdAt: at }],
        defaultVersionId: 'v1',
        lastVersion: 1,
        tags: withTags([], input.Tags),
        createdAt: at,
        updatedAt: at,
      }),
    ];
  },
  reply: (state, { PolicyName, Path }, _events, caller) => ({
    Policy: policyView(state, policyOf(state, caller, { PolicyArn: arnOf(caller.accountId, pathOf(Path), PolicyName!) })),
  }),
});

const deletePolicy = iamCommand<NamesPolicy>({
  decide(state, input, context) {
    const { arn, versions } = policyOf(state, context, input);
    if (attachmentsOf(state, arn) > 0) throw iamRefusals.inUse('Cannot delete a policy attached to entities.');
    if (versions.length > 1) {
      throw iamRefusals.inUse(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    return [event('IamPolicyDeleted', { arn })];
  },
  reply: () => ({}),
});

interface VersionInput extends NamesPolicy {
  readonly VersionId?: string;
}

const createPolicyVersion = iamCommand<NamesPolicy & { readonly PolicyDocument?: string; readonly SetAsDefault?: boolean }>({
  decide(state, input, context) {
    const policy = policyOf(state, context, input);
    if (policy.versions.length >= MOST_VERSIONS) {
      throw iamRefusals.limit(
        `A managed policy can have up to ${MOST_VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
      );
    }
    const lastVersion = policy.lastVersion + 1;
    const document = documentOf(input.PolicyDocument, 'policyDocument', MOST_CHARACTERS.managed);
    const version = { versionId: `v${lastVersion}`, document, createdAt: context.at };
    return changed({
      ...policy,
      versions: [...policy.versions, version],
      lastVersion,
      updatedAt: context.at,
      ...(input.SetAsDefault ? { defaultVersionId: version.versionId } : {}),
    });
  },
  reply(state, input, _events, caller) {
    const policy = policyOf(state, caller, input);
    return { PolicyVersion: versionView(policy, policy.versions.at(-1)!) };
  },
});

function versionOf(policy: IamPolicy, { VersionId }: VersionInput): IamPolicyVersion {
  const version = policy.versions.find(({ versionId }) => versionId === required(VersionId, 'versionId'));
  if (!version) throw iamRefusals.missing(`Policy ${policy.arn} version ${VersionId}`);
  return version;
}

const deletePolicyVersion = iamCommand<VersionInput>({
  decide(state, input, { accountId, at }) {
    const policy = policyOf(state, { accountId }, input);
    const { versionId } = versionOf(policy, input);
    if (versionId === policy.defaultVersionId) throw iamRefusals.inUse('Cannot delete the default version of a policy.');
    return changed({ ...policy, versions: policy.versions.filter((one) => one.versionId !== versionId), updatedAt: at });
  },
  reply: () => ({}),
});

const setDefaultPolicyVersion = iamCommand<VersionInput>({
  decide(state, input, { accountId, at }) {
    const policy = policyOf(state, { accountId }, input);
    return changed({ ...policy, defaultVersionId: versionOf(policy, input).versionId, updatedAt: at });
  },
  reply: () => ({}),
});

const tagPolicy = iamCommand<NamesPolicy & { readonly Tags?: readonly IamTag[] }>({
  decide(state, input, context) {
    const policy = policyOf(state, context, input);
    return changed({ ...policy, tags: withTags(policy.tags, required(input.Tags, 'tags')) });
  },
  reply: () => ({}),
});

const untagPolicy = iamCommand<NamesPolicy & { readonly TagKeys?: readonly string[] }>({
  decide(state, input, context) {
    const policy = policyOf(state, context, input);
    return changed({ ...policy, tags: withoutTags(policy.tags, input.TagKeys) });
  },
  reply: () => ({}),
});

/** AWS's own can be attached by name; what is in them is about services that are not here, so their documents are not kept. */
const getPolicy: QueryRule<NamesPolicy> = (state, input, context) => {
  const arn = required(input.PolicyArn, 'policyArn');
  if (isOfAws(arn)) return { Policy: { ...policyOfAws(state, arn), Tags: [] } };
  return { Policy: policyView(state, policyOf(state, context, input)) };
};

const policyOfAws = (state: EcsState, arn: string) => {
  const PolicyName = arn.split('/').at(-1)!;
  return {
    PolicyName,
    PolicyId: uniqueId('ANPA', arn),
    Arn: arn,
    Path: arn.slice(OF_AWS.length, -PolicyName.length),
    DefaultVersionId: 'v1',
    AttachmentCount: attachmentsOf(state, arn),
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
  };
};

/** Nothing is in it that a task could do here. */
const NO_RIGHTS = JSON.stringify({ Version: '2012-10-17', Statement: [] });

const getPolicyVersion: QueryRule<VersionInput> = (state, input, context) => {
  const arn = required(input.PolicyArn, 'policyArn');
  if (isOfAws(arn)) {
    if (required(input.VersionId, 'versionId') !== 'v1') throw iamRefusals.missing(`Policy ${arn} version ${input.VersionId}`);
    return { PolicyVersion: { Document: encoded(NO_RIGHTS), VersionId: 'v1', IsDefaultVersion: true } };
  }
  const policy = policyOf(state, context, input);
  return { PolicyVersion: versionView(policy, versionOf(policy, input)) };
};

const listPolicyVersions: QueryRule<NamesPolicy & MarkedInput> = (state, input, context) => {
  const policy = policyOf(state, context, input);
  const views = policy.versions.toReversed().map((version) => ({ ...versionView(policy, version), Document: undefined }));
  return { Versions: views, IsTruncated: false };
};

interface ListInput extends MarkedInput {
  readonly Scope?: string;
  readonly OnlyAttached?: boolean;
  readonly PathPrefix?: string;
}

const listPolicies: QueryRule<ListInput> = (state, input, { accountId }) => {
  const own = [...state.iamPolicies.by('account', accountId)].map((policy) => ({
    ...policyView(state, policy),
    Tags: undefined,
  }));
  const ofAws = POLICIES_OF_AWS.map((name) => policyOfAws(state, `${OF_AWS}${name}`));
  const all = [...(input.Scope === 'AWS' ? [] : own), ...(input.Scope === 'Local' ? [] : ofAws)];
  const asked = all.filter(
    ({ Path, AttachmentCount }) => Path.startsWith(input.PathPrefix ?? '/') && (!input.OnlyAttached || AttachmentCount > 0),
  );
  return pageUnder('Policies', asked, ({ PolicyName, Arn }) => `${PolicyName} ${Arn}`, input);
};

const listPolicyTags: QueryRule<NamesPolicy & MarkedInput> = (state, input, context) =>
  pageUnder('Tags', tagList(policyOf(state, context, input).tags), ({ Key }) => Key, input);

const listEntitiesForPolicy: QueryRule<NamesPolicy> = (state, input, { accountId }) => {
  const arn = required(input.PolicyArn, 'policyArn');
  if (!isOfAws(arn)) policyOf(state, { accountId }, input);
  const roles = [...state.iamRoles.by('attached', arn)].filter((role) => role.accountId === accountId);
  return {
    PolicyGroups: [],
    PolicyUsers: [],
    PolicyRoles: roles.map(({ roleName, roleId }) => ({ RoleName: roleName, RoleId: roleId })),
    IsTruncated: false,
  };
};

const policyView = (state: EcsState, policy: IamPolicy) => ({
  PolicyName: policy.policyName,
  PolicyId: policy.policyId,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.defaultVersionId,
  AttachmentCount: attachmentsOf(state, policy.arn),
  PermissionsBoundaryUsageCount: 0,
  IsAttachable: true,
  ...(policy.description === undefined ? {} : { Description: policy.description }),
  CreateDate: policy.createdAt,
  UpdateDate: policy.updatedAt,
  Tags: tagList(policy.tags),
});

const versionView = (policy: IamPolicy, { versionId, document, createdAt }: IamPolicyVersion) => ({
  Document: encoded(document),
  VersionId: versionId,
  IsDefaultVersion: versionId === policy.defaultVersionId,
  CreateDate: createdAt,
});

export const iamPolicyCommands: CommandRules = {
  CreatePolicy: createPolicy,
  DeletePolicy: deletePolicy,
  CreatePolicyVersion: createPolicyVersion,
  DeletePolicyVersion: deletePolicyVersion,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  TagPolicy: tagPolicy,
  UntagPolicy: untagPolicy,
};
export const iamPolicyQueries: QueryRules = {
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  ListPolicies: listPolicies,
  ListPolicyVersions: listPolicyVersions,
  ListPolicyTags: listPolicyTags,
  ListEntitiesForPolicy: listEntitiesForPolicy,
};
