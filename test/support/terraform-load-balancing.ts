import {
  type Action,
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeCapacityReservationCommand,
  DescribeListenerAttributesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  ListenerNotFoundException,
  LoadBalancerNotFoundException,
  ModifyListenerAttributesCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  RemoveTagsCommand,
  type RuleCondition,
  RuleNotFoundException,
  SetIpAddressTypeCommand,
  SetRulePrioritiesCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Resource } from './terraform-attributes.js';

type Values = Readonly<Record<string, string>>;
interface Tagged {
  readonly tags?: Values;
  /** Attributes by ELBv2's own keys. */
  readonly attributes?: Values;
}

export interface LbConfig extends Tagged {
  readonly name: string;
  readonly type: 'application' | 'network';
  readonly internal?: boolean;
  readonly subnets?: readonly string[];
  readonly securityGroups?: readonly string[];
  readonly ipAddressType?: 'ipv4' | 'dualstack';
}
export interface TargetGroupConfig extends Tagged {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'TCP';
  readonly targetType: 'instance' | 'ip';
  readonly vpcId: string;
  readonly healthCheck?: Pick<
    CreateTargetGroupCommandInput,
    'HealthCheckPath' | 'HealthCheckIntervalSeconds' | 'HealthyThresholdCount' | 'UnhealthyThresholdCount' | 'Matcher'
  >;
}
export interface ListenerConfig extends Tagged {
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'TCP';
  readonly defaultAction: Action;
}
export interface RuleConfig extends Tagged {
  readonly listenerArn: string;
  readonly priority: number;
  readonly action: Action;
  readonly condition: readonly RuleCondition[];
}

const listOf = (values: Values = {}) => Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
const mapOf = (list: readonly { Key?: string; Value?: string }[] = []): Record<string, string> =>
  Object.fromEntries(list.map(({ Key, Value }) => [Key!, Value ?? '']));

/** The attributes that the configuration names, as they are. */
const named = (all: Values, { attributes = {} }: Tagged): Values =>
  Object.fromEntries(Object.keys(attributes).map((key) => [key, all[key] ?? 'missing']));

/** The provider reads a single target group as `target_group_arn`, several as a `forward` block. */
function actionRead({ Type, TargetGroupArn, ForwardConfig, RedirectConfig, FixedResponseConfig }: Action): Action {
  return {
    Type,
    ...(Type === 'forward' && (TargetGroupArn ? { TargetGroupArn } : { ForwardConfig })),
    RedirectConfig,
    FixedResponseConfig,
  };
}

/**
 * What Terraform's AWS provider does with ELBv2: its calls in its order, and the members that it reads back
 * (hashicorp/terraform-provider-aws, internal/service/elbv2, as of v6).
 */
export class TerraformLoadBalancing {
  /** `untilActive`: the provider waits for the state that the data plane reports. */
  constructor(
    private readonly elb: ElasticLoadBalancingV2Client,
    private readonly untilActive: (loadBalancerArn: string) => Promise<void>,
  ) {}

  private async tags(arn: string): Promise<Values> {
    const { TagDescriptions } = await this.elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    return mapOf(TagDescriptions![0]!.Tags);
  }

  private async updateTags(arn: string, { tags = {} }: Tagged, { tags: old = {} }: Tagged): Promise<void> {
    const TagKeys = Object.keys(old).filter((key) => !(key in tags));
    if (TagKeys.length > 0) await this.elb.send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys }));
    const Tags = listOf(tags).filter(({ Key, Value }) => old[Key] !== Value);
    if (Tags.length > 0) await this.elb.send(new AddTagsCommand({ ResourceArns: [arn], Tags }));
  }

  private readonly setLoadBalancerAttributes = async (LoadBalancerArn: string, { type, attributes }: LbConfig) => {
    // Without blocks for them, the provider turns these off at each creation.
    const off = type === 'application' ? ['access_logs', 'connection_logs', 'health_check_logs'] : ['access_logs'];
    const Attributes = listOf({ ...Object.fromEntries(off.map((what) => [`${what}.s3.enabled`, 'false'])), ...attributes });
    await this.elb.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
  };

  readonly lb: Resource<LbConfig> = {
    defaults: () => ({ tags: {}, attributes: {}, internal: false, ipAddressType: 'ipv4' }),
    create: async (config) => {
      const { name: Name, type: Type, internal, ipAddressType: IpAddressType, tags } = config;
      const before = new DescribeLoadBalancersCommand({ Names: [Name] });
      await this.elb.send(before).then(
        () => Promise.reject(new Error(`${Name} already exists`)),
        (error: unknown) => (error instanceof LoadBalancerNotFoundException ? undefined : Promise.reject(error)),
      );
      const [Subnets, SecurityGroups] = [config.subnets as string[], config.securityGroups as string[]];
      const Scheme = internal ? ('internal' as const) : undefined;
      const Tags = tags && listOf(tags);
      const input = { Name, Type, Scheme, IpAddressType, Subnets, SecurityGroups, Tags };
      const { LoadBalancers } = await this.elb.send(new CreateLoadBalancerCommand(input));
      const arn = LoadBalancers![0]!.LoadBalancerArn!;
      await this.untilActive(arn);
      await this.setLoadBalancerAttributes(arn, config);
      return arn;
    },
    read: async (arn, config) => {
      const { LoadBalancers } = await this.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
      const found = LoadBalancers![0]!;
      const { Attributes } = await this.elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }));
      const capacity = await this.elb.send(new DescribeCapacityReservationCommand({ LoadBalancerArn: arn }));
      if (capacity.MinimumLoadBalancerCapacity) throw new Error('the provider would plan to take the capacity back');
      return {
        name: found.LoadBalancerName,
        type: found.Type,
        internal: found.Scheme === 'internal',
        ipAddressType: found.IpAddressType,
        subnets: found.AvailabilityZones?.map(({ SubnetId }) => SubnetId),
        securityGroups: found.SecurityGroups,
        attributes: named(mapOf(Attributes), config),
        tags: await this.tags(arn),
      };
    },
    update: async (LoadBalancerArn, config, before) => {
      await this.setLoadBalancerAttributes(LoadBalancerArn, config);
      const { securityGroups, subnets, ipAddressType } = config;
      const SecurityGroups = securityGroups as string[];
      if (securityGroups) await this.elb.send(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups }));
      if (subnets) await this.elb.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets: subnets as string[] }));
      if (ipAddressType) await this.elb.send(new SetIpAddressTypeCommand({ LoadBalancerArn, IpAddressType: ipAddressType }));
      await this.updateTags(LoadBalancerArn, config, before);
      return LoadBalancerArn;
    },
    remove: async (LoadBalancerArn) => {
      await this.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
      const gone = this.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] }));
      await expectGone(gone, LoadBalancerNotFoundException);
    },
  };

  readonly targetGroup: Resource<TargetGroupConfig> = {
    defaults: () => ({ tags: {}, attributes: {} }),
    create: async (config) => {
      const { name: Name, port: Port, protocol: Protocol, targetType: TargetType, vpcId: VpcId, tags } = config;
      const input = { Name, Port, Protocol, TargetType, VpcId, ...config.healthCheck, Tags: tags && listOf(tags) };
      const { TargetGroups } = await this.elb.send(new CreateTargetGroupCommand(input));
      const TargetGroupArn = TargetGroups![0]!.TargetGroupArn!;
      // Stickiness is turned off where no block turns it on.
      const Attributes = listOf({ 'stickiness.enabled': 'false', ...config.attributes });
      await this.elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
      return TargetGroupArn;
    },
    read: async (arn, config) => {
      const { TargetGroups } = await this.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
      const found = TargetGroups![0]!;
      const { Attributes } = await this.elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }));
      const checks = Object.keys(config.healthCheck ?? {}) as (keyof typeof found)[];
      return {
        name: found.TargetGroupName,
        port: found.Port,
        protocol: found.Protocol,
        targetType: found.TargetType,
        vpcId: found.VpcId,
        healthCheck: Object.fromEntries(checks.map((name) => [name, found[name]])),
        attributes: named(mapOf(Attributes), config),
        tags: await this.tags(arn),
      };
    },
    update: async (TargetGroupArn, config, before) => {
      await this.elb.send(new ModifyTargetGroupCommand({ TargetGroupArn, ...config.healthCheck }));
      const Attributes = listOf(config.attributes);
      if (Attributes.length > 0) await this.elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
      await this.updateTags(TargetGroupArn, config, before);
      return TargetGroupArn;
    },
    remove: async (TargetGroupArn) => {
      await this.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
      const gone = this.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] }));
      await expectGone(gone, TargetGroupNotFoundException);
    },
  };

  readonly listener: Resource<ListenerConfig> = {
    defaults: () => ({ tags: {}, attributes: {} }),
    create: async (config) => {
      const { loadBalancerArn: LoadBalancerArn, port: Port, protocol: Protocol, defaultAction, attributes, tags } = config;
      const input = { LoadBalancerArn, Port, Protocol, DefaultActions: [defaultAction], Tags: tags && listOf(tags) };
      const { Listeners } = await this.elb.send(new CreateListenerCommand(input));
      const ListenerArn = Listeners![0]!.ListenerArn!;
      if (attributes) await this.elb.send(new ModifyListenerAttributesCommand({ ListenerArn, Attributes: listOf(attributes) }));
      return ListenerArn;
    },
    read: async (arn, config) => {
      const { Listeners } = await this.elb.send(new DescribeListenersCommand({ ListenerArns: [arn] }));
      const found = Listeners![0]!;
      const { Attributes } = await this.elb.send(new DescribeListenerAttributesCommand({ ListenerArn: arn }));
      return {
        loadBalancerArn: found.LoadBalancerArn,
        port: found.Port,
        protocol: found.Protocol,
        defaultAction: actionRead(found.DefaultActions![0]!),
        attributes: named(mapOf(Attributes), config),
        tags: await this.tags(arn),
      };
    },
    update: async (ListenerArn, config, before) => {
      const { port: Port, protocol: Protocol, defaultAction, attributes } = config;
      await this.elb.send(new ModifyListenerCommand({ ListenerArn, Port, Protocol, DefaultActions: [defaultAction] }));
      if (attributes) await this.elb.send(new ModifyListenerAttributesCommand({ ListenerArn, Attributes: listOf(attributes) }));
      await this.updateTags(ListenerArn, config, before);
      return ListenerArn;
    },
    remove: async (ListenerArn) => {
      await this.elb.send(new DeleteListenerCommand({ ListenerArn }));
      await expectGone(this.elb.send(new DescribeListenersCommand({ ListenerArns: [ListenerArn] })), ListenerNotFoundException);
    },
  };

  readonly rule: Resource<RuleConfig> = {
    defaults: () => ({ tags: {} }),
    create: async ({ listenerArn: ListenerArn, priority: Priority, action, condition, tags }) => {
      const input = { ListenerArn, Priority, Actions: [action], Conditions: [...condition], Tags: tags && listOf(tags) };
      return (await this.elb.send(new CreateRuleCommand(input))).Rules![0]!.RuleArn!;
    },
    read: async (arn) => {
      const { Rules } = await this.elb.send(new DescribeRulesCommand({ RuleArns: [arn] }));
      const found = Rules![0]!;
      return {
        listenerArn: arn.replace(':listener-rule/', ':listener/').replace(/\/[^/]+$/, ''),
        priority: Number(found.Priority),
        action: actionRead(found.Actions![0]!),
        // Of hosts and paths the provider reads the config, not the old Values.
        condition: found.Conditions!.map(({ Values: _values, RegexValues: _expressions, ...condition }) => condition),
        tags: await this.tags(arn),
      };
    },
    update: async (RuleArn, config, before) => {
      const { priority: Priority, action, condition } = config;
      if (Priority !== before.priority)
        await this.elb.send(new SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn, Priority }] }));
      await this.elb.send(new ModifyRuleCommand({ RuleArn, Actions: [action], Conditions: [...condition] }));
      await this.updateTags(RuleArn, config, before);
      return RuleArn;
    },
    remove: async (RuleArn) => {
      await this.elb.send(new DeleteRuleCommand({ RuleArn }));
      await expectGone(this.elb.send(new DescribeRulesCommand({ RuleArns: [RuleArn] })), RuleNotFoundException);
    },
  };

  /** aws_lb_target_group_attachment. */
  readonly attachment: Resource<{ readonly targetGroupArn: string; readonly id: string; readonly port?: number }> = {
    defaults: () => ({}),
    create: async ({ targetGroupArn: TargetGroupArn, id: Id, port: Port }) => {
      await this.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id, Port }] }));
      return `${TargetGroupArn}-${Id}`;
    },
    read: async (_id, { targetGroupArn: TargetGroupArn, id: Id, port }) => {
      const input = { TargetGroupArn, Targets: [{ Id, Port: port }] };
      const { TargetHealthDescriptions: found } = await this.elb.send(new DescribeTargetHealthCommand(input));
      const isGone = /^Target\.(NotRegistered|DeregistrationInProgress)$/.test(found![0]!.TargetHealth!.Reason ?? '');
      return isGone
        ? undefined
        : { targetGroupArn: TargetGroupArn, id: found![0]!.Target!.Id, port: port && found![0]!.Target!.Port };
    },
    update: () => Promise.reject(new Error('an attachment is replaced')),
    remove: async (_id, { targetGroupArn: TargetGroupArn, id: Id, port: Port }) => {
      await this.elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id, Port }] }));
    },
  };
}

async function expectGone(asked: Promise<unknown>, because: new (...args: never[]) => Error): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof because) return;
    throw error;
  }
  throw new Error('it is still there');
}
