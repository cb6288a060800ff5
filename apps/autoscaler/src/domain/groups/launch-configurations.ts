import { type Caller, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import { limitOf, type PageInput } from './groups.js';
import type { LaunchConfiguration, LaunchSettings } from './model.js';
import { groupKey, launchConfigurationArn } from './names.js';
import { groupRefusals as refusals } from './refusals.js';

/** AWS: 200 a region. */
const MOST_CONFIGURATIONS = 200;

interface CreateInput extends LaunchSettings {
  readonly LaunchConfigurationName: string;
  readonly InstanceId?: string;
}

const create: CommandRule<CreateInput> = {
  actors: ITSELF,
  decide(state, { LaunchConfigurationName: name, InstanceId, ...settings }, context) {
    const { accountId, region } = context;
    // As in its ARN.
    if (name.includes(':')) throw refusals.validation('The name of a launch configuration cannot contain a colon.');
    if (InstanceId !== undefined)
      throw refusals.validation('Longshore makes no launch configuration of an instance: give ImageId and InstanceType.');
    if (settings.ImageId === undefined || settings.InstanceType === undefined) {
      throw refusals.validation(
        'Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.',
      );
    }
    if (state.launchConfigurations.has(groupKey({ accountId, region, name }))) throw refusals.configurationThere(name);
    if (state.launchConfigurations.countBy('scope', scopeKey(context)) >= MOST_CONFIGURATIONS)
      throw refusals.limit(`The maximum number of launch configurations, ${MOST_CONFIGURATIONS}, has been reached.`);
    return [event('LaunchConfigurationCreated', { accountId, region, name, id: context.id('launch-configuration'), settings })];
  },
  reply: () => ({}),
};

/** Groups that are made of it go on only with it. */
const remove: CommandRule<{ readonly LaunchConfigurationName: string }> = {
  actors: ITSELF,
  decide(state, { LaunchConfigurationName: name }, context) {
    const { accountId, region } = knownConfiguration(state, context, name);
    for (const group of state.autoScalingGroups.by('scope', scopeKey(context)))
      if (group.settings.launch.LaunchConfigurationName === name) throw refusals.configurationInUse(name, group.name);
    return [event('LaunchConfigurationDeleted', { accountId, region, name })];
  },
  reply: () => ({}),
};

function knownConfiguration(state: ScalingState, { accountId, region }: Caller, name: string): LaunchConfiguration {
  const found = state.launchConfigurations.get(groupKey({ accountId, region, name }));
  if (!found) throw refusals.noConfiguration(name);
  return found;
}

/** With the defaults of what it does not say. */
const view = (configuration: LaunchConfiguration) => ({
  LaunchConfigurationName: configuration.name,
  LaunchConfigurationARN: launchConfigurationArn(configuration),
  KeyName: '',
  SecurityGroups: [],
  ClassicLinkVPCSecurityGroups: [],
  UserData: '',
  KernelId: '',
  RamdiskId: '',
  BlockDeviceMappings: [],
  InstanceMonitoring: { Enabled: true },
  EbsOptimized: false,
  ...configuration.settings,
  CreatedTime: configuration.createdAt,
});

const describeConfigurations: QueryRule<PageInput & { readonly LaunchConfigurationNames?: readonly string[] }> = (
  state,
  input,
  caller,
) => {
  const { LaunchConfigurationNames: names = [] } = input;
  const all = [...state.launchConfigurations.ordered('scope', scopeKey(caller))];
  const matching = all.filter(({ name }) => names.length === 0 || names.includes(name));
  const list = JSON.stringify(['launch-configurations', names]);
  const { items, nextToken } = page(matching, ({ name }) => name, { list, limit: limitOf(input), token: input.NextToken });
  return { LaunchConfigurations: items.map(view), NextToken: nextToken };
};

export const launchConfigurationCommands: CommandRules = {
  CreateLaunchConfiguration: create,
  DeleteLaunchConfiguration: remove,
};

export const launchConfigurationQueries: QueryRules = { DescribeLaunchConfigurations: describeConfigurations };
