import { type FoldedDomain, partOf } from '#lib/kernel';
import { ecs } from './domain.js';
import type { EcsEventType } from './model/events.js';
import type { EcsState } from './model/state.js';

export type AccountsState = Pick<EcsState, 'accounts' | 'accessKeys' | 'accountSettings' | 'iamRoles' | 'iamPolicies'>;

const EVENTS: readonly EcsEventType[] = [
  'AccountCreated',
  'AccountHostAccessChanged',
  'AccessKeyCreated',
  'AccessKeyDeleted',
  'AccountSettingPut',
  'AccountSettingDeleted',
  'IamRoleCreated',
  'IamRoleChanged',
  'IamRoleDeleted',
  'IamPolicyCreated',
  'IamPolicyChanged',
  'IamPolicyDeleted',
];

/** Who there is and what they may do: for apps that read nothing else of `ecs`, and need not pay for each task that starts. */
export const ecsAccounts: FoldedDomain<AccountsState> = partOf(
  ecs,
  ['accounts', 'accessKeys', 'accountSettings', 'iamRoles', 'iamPolicies'],
  EVENTS,
);
