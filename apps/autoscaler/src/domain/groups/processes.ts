import { sameContent } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { knownGroup } from './groups.js';
import type { AutoScalingGroup } from './model.js';
import { groupRefusals as refusals } from './refusals.js';

/** Of them AddToLoadBalancer and AZRebalance are nothing that happens here. */
const PROCESSES = [
  'AZRebalance',
  'AddToLoadBalancer',
  'AlarmNotification',
  'HealthCheck',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
] as const;
export type Process = (typeof PROCESSES)[number];

/** The group is left alone in this; what a user asks for is done all the same. */
export const isSuspended = ({ settings }: Pick<AutoScalingGroup, 'settings'>, ...processes: readonly Process[]): boolean =>
  settings.SuspendedProcesses?.some(({ name }) => (processes as readonly string[]).includes(name)) ?? false;

interface Input {
  readonly AutoScalingGroupName: string;
  readonly ScalingProcesses?: readonly string[];
}

type Suspended = NonNullable<AutoScalingGroup['settings']['SuspendedProcesses']>;

/** Those that are not named are all. */
const suspending = (chosen: (now: Suspended, named: readonly string[], at: string) => Suspended): CommandRule<Input> => ({
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, ScalingProcesses = [] }, context) {
    const { accountId, region, name, settings } = knownGroup(state, context, AutoScalingGroupName);
    const unknown = ScalingProcesses.find((process) => !(PROCESSES as readonly string[]).includes(process));
    if (unknown !== undefined)
      throw refusals.validation(`${unknown} is not a process of Auto Scaling. Its processes are [${PROCESSES.join(', ')}].`);
    const { SuspendedProcesses: before = [], ...others } = settings;
    const after = chosen(before, ScalingProcesses.length > 0 ? ScalingProcesses : PROCESSES, context.at);
    if (sameContent(after, before)) return [];
    const changed = after.length > 0 ? { ...others, SuspendedProcesses: after } : others;
    return [event('AutoScalingGroupUpdated', { accountId, region, name, settings: changed })];
  },
  reply: () => ({}),
});

const describeTypes: QueryRule = () => ({ Processes: PROCESSES.map((ProcessName) => ({ ProcessName })) });

export const processCommands: CommandRules = {
  SuspendProcesses: suspending((now, named, at) =>
    PROCESSES.flatMap((name) => now.find((one) => one.name === name) ?? (named.includes(name) ? { name, at } : [])),
  ),
  ResumeProcesses: suspending((now, named) => now.filter(({ name }) => !named.includes(name))),
};

export const processQueries: QueryRules = { DescribeScalingProcessTypes: describeTypes };
