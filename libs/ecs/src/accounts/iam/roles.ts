import type { AccountId, Caller } from '#lib/kernel';
import { type EcsEvent, event } from '../../model/events.js';
import { type IamRole, iamRoleKey } from '../../model/iam.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../../model/rules.js';
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
import { iamRefusals, required } from './refusals.js';

const MOST_ROLES = 1_000;
const LONGEST_NAME = 64;
const DEFAULT_SESSION_SECONDS = 3_600;

export interface NamesRole {
  readonly RoleName?: string;
}

export function roleOf(state: EcsState, { accountId }: Pick<Caller, 'accountId'>, { RoleName }: NamesRole): IamRole {
  const name = required(RoleName, 'roleName');
  const role = state.iamRoles.get(iamRoleKey(accountId, name));
  if (!role) throw iamRefusals.missing(`The role with name ${name}`);
  return role;
}

/** `arn:aws:iam::<account>:role/<path><name>` → its role, if the account has one of that name. */
export const roleNamed = (state: EcsState, accountId: string, roleName: string): IamRole | undefined =>
  state.iamRoles.get(iamRoleKey(accountId, roleName));

export const changedRole = (role: IamRole): EcsEvent[] => [event('IamRoleChanged', role)];

interface CreateInput extends NamesRole {
  readonly Path?: string;
  readonly AssumeRolePolicyDocument?: string;
  readonly Description?: string;
  readonly MaxSessionDuration?: number;
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly IamTag[];
}

function durationOf(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 3_600 && seconds <= 43_200) return seconds;
  throw iamRefusals.invalid(`The maximum session duration is 3600 to 43200 seconds, not ${seconds}.`);
}

function newRole(state: EcsState, accountId: AccountId, roleId: string, at: string, input: CreateInput): IamRole {
  const roleName = nameOf(required(input.RoleName, 'roleName'), LONGEST_NAME);
  if (state.iamRoles.has(iamRoleKey(accountId, roleName))) throw iamRefusals.exists(`Role with name ${roleName} already exists.`);
  if (state.iamRoles.countBy('account', accountId) >= MOST_ROLES)
    throw iamRefusals.limit(`Cannot exceed quota for RolesPerAccount: ${MOST_ROLES}`);
  const path = pathOf(input.Path);
  return {
    accountId,
    roleName,
    path,
    roleId,
    arn: `arn:aws:iam::${accountId}:role${path}${roleName}`,
    assumeRolePolicyDocument: documentOf(input.AssumeRolePolicyDocument, 'assumeRolePolicyDocument', MOST_CHARACTERS.trust),
    ...(input.Description ? { description: input.Description } : {}),
    maxSessionDuration: durationOf(input.MaxSessionDuration ?? DEFAULT_SESSION_SECONDS),
    ...(input.PermissionsBoundary ? { permissionsBoundary: input.PermissionsBoundary } : {}),
    policies: {},
    attached: [],
    tags: withTags([], input.Tags),
    createdAt: at,
  };
}

const createRole = iamCommand<CreateInput>({
  decide: (state, input, context) => [
    event('IamRoleCreated', newRole(state, context.accountId, uniqueId('AROA', context.id('role')), context.at, input)),
  ],
  reply: (state, input, _events, caller) => ({ Role: roleView(roleOf(state, caller, input)) }),
});

const SERVICE_ROLES: Readonly<Record<string, string>> = {
  'ecs.amazonaws.com': 'AWSServiceRoleForECS',
  'ecs.application-autoscaling.amazonaws.com': 'AWSServiceRoleForApplicationAutoScaling_ECSService',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
  'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
};

/** Of some services an account may have several roles. https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html */
const WITH_SUFFIX = ['autoscaling.amazonaws.com'];

interface ServiceRoleInput {
  readonly AWSServiceName?: string;
  readonly CustomSuffix?: string;
  readonly Description?: string;
}

function serviceRoleName({ AWSServiceName, CustomSuffix }: ServiceRoleInput): string {
  const service = required(AWSServiceName, 'aWSServiceName');
  const name = SERVICE_ROLES[service];
  if (name === undefined) throw iamRefusals.invalid(`Longshore has no service ${service} that would take a role.`);
  if (CustomSuffix === undefined) return name;
  if (!WITH_SUFFIX.includes(service)) throw iamRefusals.invalid(`Custom suffix is not allowed for ${service}`);
  return `${name}_${CustomSuffix}`;
}

/** Nobody here has to take one: it is kept, so that what makes it goes on. */
const createServiceLinkedRole = iamCommand<ServiceRoleInput>({
  decide(state, input, context) {
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: input.AWSServiceName }, Action: 'sts:AssumeRole' }],
    };
    const role = {
      RoleName: serviceRoleName(input),
      Path: `/aws-service-role/${input.AWSServiceName}/`,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      Description: input.Description,
    };
    return [event('IamRoleCreated', newRole(state, context.accountId, uniqueId('AROA', context.id('role')), context.at, role))];
  },
  reply: (state, input, _events, caller) => ({
    Role: roleView(roleOf(state, caller, { RoleName: serviceRoleName(input) })),
  }),
});

const deleteServiceLinkedRole = iamCommand<NamesRole>({
  decide(state, input, context) {
    const { accountId, roleName } = roleOf(state, context, input);
    return [event('IamRoleDeleted', { accountId, roleName })];
  },
  reply: (_state, { RoleName }, _events, { accountId }) => ({ DeletionTaskId: `task/${accountId}/${RoleName}` }),
});

const deleteRole = iamCommand<NamesRole>({
  decide(state, input, context) {
    const { accountId, roleName, policies, attached } = roleOf(state, context, input);
    if (attached.length > 0) throw iamRefusals.inUse('Cannot delete entity, must detach all policies first.');
    if (Object.keys(policies).length > 0) throw iamRefusals.inUse('Cannot delete entity, must delete policies first.');
    if (state.iamInstanceProfiles.countBy('role', iamRoleKey(accountId, roleName)) > 0)
      throw iamRefusals.inUse('Cannot delete entity, must remove roles from instance profile first.');
    return [event('IamRoleDeleted', { accountId, roleName })];
  },
  reply: () => ({}),
});

interface UpdateInput extends NamesRole {
  readonly Description?: string;
  readonly MaxSessionDuration?: number;
}

const change = <I extends NamesRole>(to: (role: IamRole, input: I) => IamRole, reply: CommandRule<I>['reply'] = () => ({})) =>
  iamCommand<I>({ decide: (state, input, context) => changedRole(to(roleOf(state, context, input), input)), reply });

const updateRole = change<UpdateInput>((role, { Description: description, MaxSessionDuration }) => ({
  ...role,
  ...(description === undefined ? {} : { description }),
  maxSessionDuration: durationOf(MaxSessionDuration ?? role.maxSessionDuration),
}));

const updateRoleDescription = change<UpdateInput>(
  (role, { Description: description = '' }) => ({ ...role, description }),
  (state, input, _events, caller) => ({ Role: roleView(roleOf(state, caller, input)) }),
);

const updateAssumeRolePolicy = change<NamesRole & { readonly PolicyDocument?: string }>((role, { PolicyDocument }) => ({
  ...role,
  assumeRolePolicyDocument: documentOf(PolicyDocument, 'policyDocument', MOST_CHARACTERS.trust),
}));

const tagRole = change<NamesRole & { readonly Tags?: readonly IamTag[] }>((role, { Tags }) => ({
  ...role,
  tags: withTags(role.tags, required(Tags, 'tags')),
}));

const untagRole = change<NamesRole & { readonly TagKeys?: readonly string[] }>((role, { TagKeys }) => ({
  ...role,
  tags: withoutTags(role.tags, TagKeys),
}));

const getRole: QueryRule<NamesRole> = (state, input, context) => ({ Role: roleView(roleOf(state, context, input)) });

const listRoles: QueryRule<MarkedInput & { readonly PathPrefix?: string }> = (state, input, { accountId }) => {
  const all = [...state.iamRoles.by('account', accountId)].filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
  const page = pageUnder('Roles', all, ({ roleName }) => roleName, input);
  // "does not return … tags" [sdk ListRoles].
  return { ...page, Roles: page.Roles.map((role) => ({ ...roleView(role), Tags: undefined })) };
};

const listRoleTags: QueryRule<NamesRole & MarkedInput> = (state, input, context) =>
  pageUnder('Tags', tagList(roleOf(state, context, input).tags), ({ Key }) => Key, input);

export const roleView = (role: IamRole) => ({
  Path: role.path,
  RoleName: role.roleName,
  RoleId: role.roleId,
  Arn: role.arn,
  CreateDate: role.createdAt,
  AssumeRolePolicyDocument: encoded(role.assumeRolePolicyDocument),
  ...(role.description === undefined ? {} : { Description: role.description }),
  MaxSessionDuration: role.maxSessionDuration,
  ...(role.permissionsBoundary
    ? {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
          PermissionsBoundaryArn: role.permissionsBoundary,
        },
      }
    : {}),
  ...(role.tags.length > 0 ? { Tags: tagList(role.tags) } : {}),
});

export const iamRoleCommands: CommandRules = {
  CreateRole: createRole,
  CreateServiceLinkedRole: createServiceLinkedRole,
  DeleteServiceLinkedRole: deleteServiceLinkedRole,
  DeleteRole: deleteRole,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  TagRole: tagRole,
  UntagRole: untagRole,
};
export const iamRoleQueries: QueryRules = {
  GetRole: getRole,
  ListRoles: listRoles,
  ListRoleTags: listRoleTags,
  GetServiceLinkedRoleDeletionStatus: () => ({ Status: 'SUCCEEDED' }),
};
