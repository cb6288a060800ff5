import type { Caller } from '#lib/kernel';
import { type EcsEvent, event } from '../../model/events.js';
import { type IamInstanceProfile, iamRoleKey } from '../../model/iam.js';
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
import { iamRefusals, required } from './refusals.js';
import { type NamesRole, roleNamed, roleOf, roleView } from './roles.js';

const MOST_PROFILES = 1_000;
const LONGEST_NAME = 128;

interface NamesProfile {
  readonly InstanceProfileName?: string;
}

function profileOf(
  state: EcsState,
  { accountId }: Pick<Caller, 'accountId'>,
  { InstanceProfileName }: NamesProfile,
): IamInstanceProfile {
  const name = required(InstanceProfileName, 'instanceProfileName');
  const profile = state.iamInstanceProfiles.get(iamRoleKey(accountId, name));
  if (!profile) throw iamRefusals.missing(`Instance Profile ${name}`);
  return profile;
}

const changed = (profile: IamInstanceProfile): EcsEvent[] => [event('IamInstanceProfileChanged', profile)];

interface CreateInput extends NamesProfile {
  readonly Path?: string;
  readonly Tags?: readonly IamTag[];
}

const createInstanceProfile = iamCommand<CreateInput>({
  decide(state, input, context) {
    const { accountId, at } = context;
    const instanceProfileName = nameOf(required(input.InstanceProfileName, 'instanceProfileName'), LONGEST_NAME);
    if (state.iamInstanceProfiles.has(iamRoleKey(accountId, instanceProfileName)))
      throw iamRefusals.exists(`Instance Profile ${instanceProfileName} already exists.`);
    if (state.iamInstanceProfiles.countBy('account', accountId) >= MOST_PROFILES)
      throw iamRefusals.limit(`Cannot exceed quota for InstanceProfilesPerAccount: ${MOST_PROFILES}`);
    const path = pathOf(input.Path);
    return [
      event('IamInstanceProfileCreated', {
        accountId,
        instanceProfileName,
        path,
        instanceProfileId: uniqueId('AIPA', context.id('instance-profile')),
        arn: `arn:aws:iam::${accountId}:instance-profile${path}${instanceProfileName}`,
        tags: withTags([], input.Tags),
        createdAt: at,
      }),
    ];
  },
  reply: (state, input, _events, caller) => ({ InstanceProfile: profileView(state, profileOf(state, caller, input)) }),
});

const deleteInstanceProfile = iamCommand<NamesProfile>({
  decide(state, input, context) {
    const { accountId, instanceProfileName, roleName } = profileOf(state, context, input);
    if (roleName !== undefined) throw iamRefusals.inUse('Cannot delete entity, must remove roles from instance profile first.');
    return [event('IamInstanceProfileDeleted', { accountId, instanceProfileName })];
  },
  reply: () => ({}),
});

const addRoleToInstanceProfile = iamCommand<NamesProfile & NamesRole>({
  decide(state, input, context) {
    const profile = profileOf(state, context, input);
    const { roleName } = roleOf(state, context, input);
    if (profile.roleName !== undefined) throw iamRefusals.limit('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
    return changed({ ...profile, roleName });
  },
  reply: () => ({}),
});

const removeRoleFromInstanceProfile = iamCommand<NamesProfile & NamesRole>({
  decide(state, input, context) {
    const { roleName, ...without } = profileOf(state, context, input);
    if (roleName !== required(input.RoleName, 'roleName')) throw iamRefusals.missing(`The role with name ${input.RoleName}`);
    return changed(without);
  },
  reply: () => ({}),
});

const tagInstanceProfile = iamCommand<NamesProfile & { readonly Tags?: readonly IamTag[] }>({
  decide(state, input, context) {
    const profile = profileOf(state, context, input);
    return changed({ ...profile, tags: withTags(profile.tags, required(input.Tags, 'tags')) });
  },
  reply: () => ({}),
});

const untagInstanceProfile = iamCommand<NamesProfile & { readonly TagKeys?: readonly string[] }>({
  decide(state, input, context) {
    const profile = profileOf(state, context, input);
    return changed({ ...profile, tags: withoutTags(profile.tags, input.TagKeys) });
  },
  reply: () => ({}),
});

const getInstanceProfile: QueryRule<NamesProfile> = (state, input, context) => ({
  InstanceProfile: profileView(state, profileOf(state, context, input)),
});

const listed = (state: EcsState, all: Iterable<IamInstanceProfile>, input: MarkedInput) => {
  const page = pageUnder('InstanceProfiles', all, ({ instanceProfileName }) => instanceProfileName, input);
  return { ...page, InstanceProfiles: page.InstanceProfiles.map((one) => ({ ...profileView(state, one), Tags: undefined })) };
};

const listInstanceProfiles: QueryRule<MarkedInput & { readonly PathPrefix?: string }> = (state, input, { accountId }) => {
  const all = [...state.iamInstanceProfiles.by('account', accountId)];
  return listed(
    state,
    all.filter(({ path }) => path.startsWith(input.PathPrefix ?? '/')),
    input,
  );
};

/** Terraform asks before it deletes a role. */
const listInstanceProfilesForRole: QueryRule<NamesRole & MarkedInput> = (state, input, context) => {
  const { accountId, roleName } = roleOf(state, context, input);
  return listed(state, state.iamInstanceProfiles.by('role', iamRoleKey(accountId, roleName)), input);
};

const listInstanceProfileTags: QueryRule<NamesProfile & MarkedInput> = (state, input, context) =>
  pageUnder('Tags', tagList(profileOf(state, context, input).tags), ({ Key }) => Key, input);

const profileView = (state: EcsState, profile: IamInstanceProfile) => {
  const role = profile.roleName === undefined ? undefined : roleNamed(state, profile.accountId, profile.roleName);
  return {
    Path: profile.path,
    InstanceProfileName: profile.instanceProfileName,
    InstanceProfileId: profile.instanceProfileId,
    Arn: profile.arn,
    CreateDate: profile.createdAt,
    Roles: role ? [roleView(role)] : [],
    Tags: tagList(profile.tags),
  };
};

export const iamInstanceProfileCommands: CommandRules = {
  CreateInstanceProfile: createInstanceProfile,
  DeleteInstanceProfile: deleteInstanceProfile,
  AddRoleToInstanceProfile: addRoleToInstanceProfile,
  RemoveRoleFromInstanceProfile: removeRoleFromInstanceProfile,
  TagInstanceProfile: tagInstanceProfile,
  UntagInstanceProfile: untagInstanceProfile,
};
export const iamInstanceProfileQueries: QueryRules = {
  GetInstanceProfile: getInstanceProfile,
  ListInstanceProfiles: listInstanceProfiles,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
  ListInstanceProfileTags: listInstanceProfileTags,
};
