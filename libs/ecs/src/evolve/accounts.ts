import { iamRoleKey } from '../model/iam.js';
import { accountSettingKey } from '../model/state.js';
import type { Evolvers } from './evolver.js';

export const accountEvolvers: Evolvers<
  | 'AccountCreated'
  | 'AccountHostAccessChanged'
  | 'AccessKeyCreated'
  | 'AccessKeyDeleted'
  | 'AccountSettingPut'
  | 'AccountSettingDeleted'
  | 'IamRoleCreated'
  | 'IamRoleChanged'
  | 'IamRoleDeleted'
  | 'IamPolicyCreated'
  | 'IamPolicyChanged'
  | 'IamPolicyDeleted'
  | 'IamInstanceProfileCreated'
  | 'IamInstanceProfileChanged'
  | 'IamInstanceProfileDeleted'
  | 'IamOidcProviderCreated'
  | 'IamOidcProviderChanged'
  | 'IamOidcProviderDeleted'
  | 'RequestTokenRecorded'
  | 'RequestTokenForgotten'
> = {
  AccountCreated: (state, data, { at }) => state.accounts.put(data.accountId, { ...data, createdAt: at }),
  AccountHostAccessChanged: (state, { accountId, hostAccess }) => {
    const account = state.accounts.get(accountId);
    if (account) state.accounts.put(accountId, { ...account, hostAccess });
  },
  AccessKeyCreated: (state, data, { at }) => state.accessKeys.put(data.accessKeyId, { ...data, createdAt: at }),
  AccessKeyDeleted: (state, { accessKeyId }) => state.accessKeys.delete(accessKeyId),
  AccountSettingPut: (state, data) => state.accountSettings.put(accountSettingKey(data), data),
  AccountSettingDeleted: (state, data) => state.accountSettings.delete(accountSettingKey(data)),
  IamRoleCreated: (state, role) => state.iamRoles.put(iamRoleKey(role.accountId, role.roleName), role),
  IamRoleChanged: (state, role) => state.iamRoles.put(iamRoleKey(role.accountId, role.roleName), role),
  IamRoleDeleted: (state, { accountId, roleName }) => state.iamRoles.delete(iamRoleKey(accountId, roleName)),
  IamPolicyCreated: (state, policy) => state.iamPolicies.put(policy.arn, policy),
  IamPolicyChanged: (state, policy) => state.iamPolicies.put(policy.arn, policy),
  IamPolicyDeleted: (state, { arn }) => state.iamPolicies.delete(arn),
  IamInstanceProfileCreated: (state, profile) =>
    state.iamInstanceProfiles.put(iamRoleKey(profile.accountId, profile.instanceProfileName), profile),
  IamInstanceProfileChanged: (state, profile) =>
    state.iamInstanceProfiles.put(iamRoleKey(profile.accountId, profile.instanceProfileName), profile),
  IamInstanceProfileDeleted: (state, { accountId, instanceProfileName }) =>
    state.iamInstanceProfiles.delete(iamRoleKey(accountId, instanceProfileName)),
  IamOidcProviderCreated: (state, provider) => state.iamOidcProviders.put(provider.arn, provider),
  IamOidcProviderChanged: (state, provider) => state.iamOidcProviders.put(provider.arn, provider),
  IamOidcProviderDeleted: (state, { arn }) => state.iamOidcProviders.delete(arn),
  RequestTokenRecorded: (state, { key, digest, operation }, { at }) =>
    state.requestTokens.put(key, { digest, operation, recordedAt: at, placedOrdinals: [] }),
  RequestTokenForgotten: (state, { key }) => state.requestTokens.delete(key),
};
