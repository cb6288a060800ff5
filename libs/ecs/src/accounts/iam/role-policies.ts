import type { CommandRules, QueryRule, QueryRules } from '../../model/rules.js';
import { iamCommand, type MarkedInput, nameOf, pageUnder } from './common.js';
import { documentOf, encoded, MOST_CHARACTERS } from './documents.js';
import { isOfAws, policyOf } from './policies.js';
import { iamRefusals, required } from './refusals.js';
import { changedRole, type NamesRole, roleOf } from './roles.js';

const MOST_ATTACHED = 20;
const LONGEST_NAME = 128;

interface InlineInput extends NamesRole {
  readonly PolicyName?: string;
  readonly PolicyDocument?: string;
}

interface AttachInput extends NamesRole {
  readonly PolicyArn?: string;
}

const putRolePolicy = iamCommand<InlineInput>({
  decide(state, input, context) {
    const role = roleOf(state, context, input);
    const name = nameOf(required(input.PolicyName, 'policyName'), LONGEST_NAME);
    const document = documentOf(input.PolicyDocument, 'policyDocument', MOST_CHARACTERS.inline);
    const policies = { ...role.policies, [name]: document };
    if (Object.values(policies).join('').length > MOST_CHARACTERS.inline)
      throw iamRefusals.limit(`Maximum policy size of ${MOST_CHARACTERS.inline} bytes exceeded for role ${role.roleName}`);
    return changedRole({ ...role, policies });
  },
  reply: () => ({}),
});

const noInline = (roleName: string, name: string) =>
  iamRefusals.missing(`The role policy with name ${name} of the role ${roleName}`);

const deleteRolePolicy = iamCommand<InlineInput>({
  decide(state, input, context) {
    const role = roleOf(state, context, input);
    const name = required(input.PolicyName, 'policyName');
    if (!Object.hasOwn(role.policies, name)) throw noInline(role.roleName, name);
    const { [name]: _gone, ...policies } = role.policies;
    return changedRole({ ...role, policies });
  },
  reply: () => ({}),
});

const attachRolePolicy = iamCommand<AttachInput>({
  decide(state, input, context) {
    const role = roleOf(state, context, input);
    const arn = required(input.PolicyArn, 'policyArn');
    if (!isOfAws(arn)) policyOf(state, context, input);
    if (role.attached.includes(arn)) return [];
    if (role.attached.length >= MOST_ATTACHED)
      throw iamRefusals.limit(`Cannot exceed quota for PoliciesPerRole: ${MOST_ATTACHED}`);
    return changedRole({ ...role, attached: [...role.attached, arn] });
  },
  reply: () => ({}),
});

const detachRolePolicy = iamCommand<AttachInput>({
  decide(state, input, context) {
    const role = roleOf(state, context, input);
    const arn = required(input.PolicyArn, 'policyArn');
    if (!role.attached.includes(arn)) throw iamRefusals.missing(`Policy ${arn} that is attached to the role`);
    return changedRole({ ...role, attached: role.attached.filter((one) => one !== arn) });
  },
  reply: () => ({}),
});

const getRolePolicy: QueryRule<InlineInput> = (state, input, context) => {
  const { roleName, policies } = roleOf(state, context, input);
  const name = required(input.PolicyName, 'policyName');
  if (!Object.hasOwn(policies, name)) throw noInline(roleName, name);
  return { RoleName: roleName, PolicyName: name, PolicyDocument: encoded(policies[name]!) };
};

const listRolePolicies: QueryRule<NamesRole & MarkedInput> = (state, input, context) =>
  pageUnder('PolicyNames', Object.keys(roleOf(state, context, input).policies), (name) => name, input);

const listAttachedRolePolicies: QueryRule<NamesRole & MarkedInput> = (state, input, context) => {
  const attached = roleOf(state, context, input).attached.map((PolicyArn) => ({
    PolicyName: PolicyArn.split('/').at(-1)!,
    PolicyArn,
  }));
  return pageUnder('AttachedPolicies', attached, ({ PolicyArn }) => PolicyArn, input);
};

export const iamRolePolicyCommands: CommandRules = {
  PutRolePolicy: putRolePolicy,
  DeleteRolePolicy: deleteRolePolicy,
  AttachRolePolicy: attachRolePolicy,
  DetachRolePolicy: detachRolePolicy,
};
export const iamRolePolicyQueries: QueryRules = {
  GetRolePolicy: getRolePolicy,
  ListRolePolicies: listRolePolicies,
  ListAttachedRolePolicies: listAttachedRolePolicies,
};
