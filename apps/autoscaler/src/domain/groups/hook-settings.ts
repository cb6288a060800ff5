import type { LifecycleHook, LifecycleResult, LifecycleTransition } from './model.js';
import { groupRefusals as refusals } from './refusals.js';

/** API_PutLifecycleHook. */
const HEARTBEAT_SECONDS = { least: 30, most: 7_200, default: 3_600 };
export const TRANSITIONS: readonly LifecycleTransition[] = [
  'autoscaling:EC2_INSTANCE_LAUNCHING',
  'autoscaling:EC2_INSTANCE_TERMINATING',
];
export const RESULTS: readonly LifecycleResult[] = ['CONTINUE', 'ABANDON'];

export interface HookInput {
  readonly LifecycleHookName: string;
  readonly LifecycleTransition?: string;
  readonly HeartbeatTimeout?: number;
  readonly DefaultResult?: string;
  readonly NotificationTargetARN?: string;
  readonly RoleARN?: string;
  readonly NotificationMetadata?: string;
}

/** What is not given stays as it is. */
export function hookOf(input: HookInput, known: LifecycleHook | undefined, at: string): LifecycleHook {
  const { LifecycleHookName, LifecycleTransition: transition = known?.LifecycleTransition } = input;
  const { HeartbeatTimeout = known?.HeartbeatTimeout ?? HEARTBEAT_SECONDS.default } = input;
  const { DefaultResult: result = known?.DefaultResult ?? 'ABANDON' } = input;
  if (transition === undefined) throw refusals.validation('LifecycleTransition must be given for a new lifecycle hook.');
  const LifecycleTransition = TRANSITIONS.find((one) => one === transition);
  if (!LifecycleTransition)
    throw refusals.validation(`LifecycleTransition must be of [${TRANSITIONS.join(', ')}], not ${transition}.`);
  const DefaultResult = RESULTS.find((one) => one === result);
  if (!DefaultResult) throw refusals.validation(`DefaultResult must be of [${RESULTS.join(', ')}], not ${result}.`);
  if (HeartbeatTimeout < HEARTBEAT_SECONDS.least || HeartbeatTimeout > HEARTBEAT_SECONDS.most)
    throw refusals.validation(`HeartbeatTimeout must be ${HEARTBEAT_SECONDS.least} to ${HEARTBEAT_SECONDS.most} seconds.`);
  const { NotificationTargetARN = known?.NotificationTargetARN, RoleARN = known?.RoleARN } = input;
  const { NotificationMetadata = known?.NotificationMetadata } = input;
  return {
    LifecycleHookName,
    LifecycleTransition,
    HeartbeatTimeout,
    DefaultResult,
    // An empty one takes it away.
    ...(NotificationTargetARN ? { NotificationTargetARN } : {}),
    ...(RoleARN ? { RoleARN } : {}),
    ...(NotificationMetadata === undefined ? {} : { NotificationMetadata }),
    at: known?.at ?? at,
  };
}

export const sortedByName = (hooks: readonly LifecycleHook[]): readonly LifecycleHook[] =>
  hooks.toSorted((a, b) => (a.LifecycleHookName < b.LifecycleHookName ? -1 : 1));

/** Those of a group that is made. */
export const hooksGiven = (inputs: readonly HookInput[], at: string): readonly LifecycleHook[] =>
  sortedByName([...new Map(inputs.map((input) => [input.LifecycleHookName, hookOf(input, undefined, at)])).values()]);
