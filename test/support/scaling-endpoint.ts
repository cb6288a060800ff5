import { groupTagCommands, groupTagQueries } from '../../apps/autoscaler/src/domain/groups/group-tags.js';
import { groupCommands, groupQueries } from '../../apps/autoscaler/src/domain/groups/groups.js';
import {
  launchConfigurationCommands,
  launchConfigurationQueries,
} from '../../apps/autoscaler/src/domain/groups/launch-configurations.js';
import { lifecycleHookCommands, lifecycleHookQueries } from '../../apps/autoscaler/src/domain/groups/lifecycle-hooks.js';
import { processCommands, processQueries } from '../../apps/autoscaler/src/domain/groups/processes.js';
import { groupScheduleCommands, groupScheduleQueries } from '../../apps/autoscaler/src/domain/groups/scheduled-actions.js';
import { groupPolicyCommands, groupPolicyQueries } from '../../apps/autoscaler/src/domain/groups/policies.js';
import { ruleCommands, ruleQueries } from '../../apps/autoscaler/src/domain/rules/rules.js';
import { ruleTargetCommands, ruleTargetQueries } from '../../apps/autoscaler/src/domain/rules/targets.js';
import { scheduleGroupCommands, scheduleGroupQueries } from '../../apps/autoscaler/src/domain/schedules/groups.js';
import { targetScheduleCommands, targetScheduleQueries } from '../../apps/autoscaler/src/domain/schedules/schedules.js';
import type { Rejection } from '#lib/kernel';
import { type AwsEndpoint, awsEndpoint, SCOPE } from './aws-endpoint.js';
import { ScalingWorld } from './scaling-world.js';

/** Rules that have another name than their operation. */
const OPERATIONS: Readonly<Record<string, string>> = {
  PutPolicyOfGroup: 'PutScalingPolicy',
  DescribeTagsOfGroups: 'DescribeTags',
  DescribeActivitiesOfGroups: 'DescribeScalingActivities',
  DeleteScheduledActionOfGroup: 'DeleteScheduledAction',
  DescribeScheduledActionsOfGroups: 'DescribeScheduledActions',
};

const OPERATIONS_OF_RULES: Readonly<Record<string, string>> = {
  TagRule: 'TagResource',
  UntagRule: 'UntagResource',
  ListTagsOfRule: 'ListTagsForResource',
};

/** EventBridge's rules behind the real gateway. Nothing triggers them. */
export function eventsEndpoint(): Promise<AwsEndpoint> {
  const world = new ScalingWorld(SCOPE);
  return awsEndpoint('events', (bus) => {
    for (const name of Object.keys({ ...ruleQueries, ...ruleTargetQueries })) {
      bus.on('events', OPERATIONS_OF_RULES[name] ?? name, ({ input }) => {
        const answer = world.query<object>(name, input);
        return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
      });
    }
    for (const name of Object.keys({ ...ruleCommands, ...ruleTargetCommands }))
      bus.on('events', OPERATIONS_OF_RULES[name] ?? name, ({ input }) => world.command(name, input));
  });
}

const OPERATIONS_OF_SCHEDULES: Readonly<Record<string, string>> = {
  TagScheduleGroup: 'TagResource',
  UntagScheduleGroup: 'UntagResource',
  ListTagsOfScheduleGroup: 'ListTagsForResource',
};

/** EventBridge Scheduler's schedules behind the real gateway. Nothing triggers them. */
export function schedulerEndpoint(): Promise<AwsEndpoint> {
  const world = new ScalingWorld(SCOPE);
  return awsEndpoint('scheduler', (bus) => {
    for (const name of Object.keys({ ...targetScheduleQueries, ...scheduleGroupQueries })) {
      bus.on('scheduler', OPERATIONS_OF_SCHEDULES[name] ?? name, ({ input }) => {
        const answer = world.query<object>(name, input);
        return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
      });
    }
    for (const name of Object.keys({ ...targetScheduleCommands, ...scheduleGroupCommands }))
      bus.on('scheduler', OPERATIONS_OF_SCHEDULES[name] ?? name, ({ input }) => world.command(name, input));
  });
}

/** The rules of Auto Scaling groups behind the real gateway. No host is in any group. */
export function autoScalingEndpoint(): Promise<AwsEndpoint> {
  const world = new ScalingWorld(SCOPE);
  return awsEndpoint('autoscaling', (bus) => {
    const queries = {
      ...groupQueries,
      ...groupTagQueries,
      ...launchConfigurationQueries,
      ...groupPolicyQueries,
      ...groupScheduleQueries,
      ...lifecycleHookQueries,
      ...processQueries,
    };
    const commands = {
      ...groupCommands,
      ...groupTagCommands,
      ...launchConfigurationCommands,
      ...groupPolicyCommands,
      ...groupScheduleCommands,
      ...lifecycleHookCommands,
      ...processCommands,
    };
    for (const name of Object.keys(queries)) {
      bus.on('autoscaling', OPERATIONS[name] ?? name, ({ input }) => {
        const answer = world.query<object>(name, input);
        return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
      });
    }
    for (const name of Object.keys(commands)) {
      bus.on('autoscaling', OPERATIONS[name] ?? name, ({ input }) => world.command(name, { ...(input as object), instances: 0 }));
    }
  });
}
