import { sameContent, scopeKey } from '#lib/kernel';
import { isOwn, kindOf, targetGroupArn } from './arns.js';
import { attributeOf, attributesView, type AttributeInput, checkAttributes, isApplication, isEnabled } from './attributes.js';
import { event } from './events.js';
import { checkHealthCheck, type HealthCheckInput } from './health-check.js';
import { LIMITS } from './limits.js';
import { checkName } from './load-balancers.js';
import { isInUse, loadBalancerOf, loadBalancersOf, targetGroupNamed, targetGroupOf, targetGroupsBehind } from './lookup.js';
import type { Protocol, Tag, TargetGroup, TargetType } from './model.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import type { LoadBalancingState } from './state.js';
import { checkTags } from './tag-input.js';

/** What of a target group does not depend on the listeners that send traffic to it. */
export const settingsView = ({ healthCheck: check, ...of }: TargetGroup) => ({
  TargetGroupArn: of.arn,
  TargetGroupName: of.name,
  Protocol: of.protocol,
  Port: of.port,
  VpcId: of.vpcId,
  HealthCheckProtocol: check.protocol,
  HealthCheckPort: check.port,
  HealthCheckEnabled: check.enabled,
  HealthCheckIntervalSeconds: check.intervalSeconds,
  HealthCheckTimeoutSeconds: check.timeoutSeconds,
  HealthyThresholdCount: check.healthyThresholdCount,
  UnhealthyThresholdCount: check.unhealthyThresholdCount,
  HealthCheckPath: check.path,
  Matcher: check.matcher,
  TargetType: of.targetType,
  ProtocolVersion: of.protocolVersion,
  IpAddressType: of.ipAddressType,
});

/** A target group as DescribeTargetGroups tells it. */
const targetGroupView = (state: LoadBalancingState, group: TargetGroup) => ({
  ...settingsView(group),
  LoadBalancerArns: loadBalancersOf(state, group.arn),
});

interface CreateTargetGroupInput extends HealthCheckInput {
  readonly Name: string;
  readonly Protocol?: string;
  readonly ProtocolVersion?: string;
  readonly Port?: number;
  readonly VpcId?: string;
  readonly TargetType?: string;
  readonly IpAddressType?: 'ipv4' | 'ipv6';
  readonly TargetControlPort?: number;
  readonly Tags?: readonly Tag[];
}

const createTargetGroup: CommandRule<CreateTargetGroupInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region } = context;
    const { Name: name, Port: port, VpcId: vpcId } = input;
    checkName('Target group', name);
    if (name.includes('--')) throw refusals.validation(`Target group name '${name}' cannot contain '--'`);
    const targetType = checkTargetType(input.TargetType ?? 'instance');
    const protocol = checkProtocol(input.Protocol);
    if (port === undefined) throw refusals.validation('A port must be specified');
    const protocolVersion = checkProtocolVersion(protocol, input.ProtocolVersion);
    if (input.TargetControlPort !== undefined) {
      throw refusals.unsupported('Longshore asks no target how much it can take; TargetControlPort is not supported.');
    }
    const group = {
      accountId,
      region,
      name,
      targetType,
      protocol,
      ...(protocolVersion === undefined ? {} : { protocolVersion }),
      port,
      ...(vpcId ? { vpcId } : {}),
      ipAddressType: input.IpAddressType ?? ('ipv4' as const),
      healthCheck: checkHealthCheck({ protocol, protocolVersion, targetType }, input),
      tags: checkTags(input.Tags),
    };
    const known = targetGroupNamed(state, context, name);
    if (known) {
      if (Object.entries(group).every(([key, value]) => sameContent(value, known[key as keyof TargetGroup]))) return [];
      throw refusals.duplicateTargetGroup(name);
    }
    const limit = LIMITS['target-groups'];
    if (state.targetGroups.countBy('scope', scopeKey(context)) >= limit) {
      throw refusals.tooMany('TooManyTargetGroups', `The quota of ${limit} target groups in your account has been reached`);
    }
    return [
      event('TargetGroupCreated', { arn: targetGroupArn(context, name, context.id('target-group').slice(0, 16)), ...group }),
    ];
  },
  reply(state, { Name }, _events, caller) {
    const known = targetGroupNamed(state, caller, Name);
    return { TargetGroups: known ? [targetGroupView(state, known)] : [] };
  },
};

function checkTargetType(given: string): TargetType {
  if (given === 'instance' || given === 'ip') return given;
  throw refusals.unsupported(
    `Longshore has target groups of instances and IP addresses; target type '${given}' is not supported.`,
  );
}

function checkProtocol(given: string | undefined): Protocol {
  if (given === undefined) throw refusals.validation('A protocol must be specified');
  if (['HTTP', 'HTTPS', 'TCP', 'TLS'].includes(given)) return given as Protocol;
  throw refusals.unsupported(`Longshore balances HTTP, HTTPS, TCP and TLS; '${given}' target groups are not supported.`);
}

function checkProtocolVersion(protocol: Protocol, given: string | undefined): TargetGroup['protocolVersion'] {
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    if (given) throw refusals.invalidConfiguration(`A protocol version cannot be specified for protocol '${protocol}'`);
    return undefined;
  }
  const version = given || 'HTTP1';
  if (version === 'HTTP1' || version === 'HTTP2' || version === 'GRPC') return version;
  throw refusals.validation(`Protocol version '${version}' must be one of '[HTTP1, HTTP2, GRPC]'`);
}

const modifyTargetGroup: CommandRule<HealthCheckInput & { readonly TargetGroupArn: string }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = targetGroupOf(state, context, input.TargetGroupArn);
    const healthCheck = checkHealthCheck(known, input, known.healthCheck);
    return sameContent(healthCheck, known.healthCheck)
      ? []
      : [event('TargetGroupHealthCheckChanged', { arn: known.arn, healthCheck })];
  },
  reply(state, { TargetGroupArn }) {
    const known = state.targetGroups.get(TargetGroupArn);
    return { TargetGroups: known ? [targetGroupView(state, known)] : [] };
  },
};

const deleteTargetGroup: CommandRule<{ TargetGroupArn: string }> = {
  actors: ITSELF,
  decide(state, { TargetGroupArn: arn }, context) {
    if (kindOf(arn) !== 'targetgroup') throw refusals.validation(`'${arn}' is not a valid target group ARN`);
    const known = isOwn(arn, context) ? state.targetGroups.get(arn) : undefined;
    if (!known) return [];
    if (isInUse(state, known.arn)) throw refusals.targetGroupInUse(arn);
    return [event('TargetGroupDeleted', { arn: known.arn })];
  },
  reply: () => ({}),
};

interface DescribeTargetGroupsInput extends PageInput {
  readonly LoadBalancerArn?: string;
  readonly TargetGroupArns?: readonly string[];
  readonly Names?: readonly string[];
}

const describeTargetGroups: QueryRule<DescribeTargetGroupsInput> = (state, input, caller) => {
  const { LoadBalancerArn, TargetGroupArns: arns = [], Names: names = [] } = input;
  const asked = [LoadBalancerArn !== undefined, arns.length > 0, names.length > 0].filter(Boolean).length;
  if (asked > 1) {
    throw refusals.validation(
      'Target group ARNs, target group names and a load balancer ARN cannot be specified at the same time',
    );
  }
  const view = (group: TargetGroup) => targetGroupView(state, group);
  if (arns.length > 0) {
    const found = [...new Set(arns)].map((arn) => (isOwn(arn, caller) ? state.targetGroups.get(arn) : undefined));
    for (const arn of arns)
      if (kindOf(arn) !== 'targetgroup') throw refusals.validation(`'${arn}' is not a valid target group ARN`);
    if (found.includes(undefined)) throw refusals.targetGroupsNotFound();
    return { TargetGroups: found.map((group) => view(group!)) };
  }
  if (names.length > 0) {
    const found = [...new Set(names)].map((name) => targetGroupNamed(state, caller, name));
    if (found.includes(undefined)) throw refusals.targetGroupsNotFound();
    return { TargetGroups: found.map((group) => view(group!)) };
  }
  const behind = LoadBalancerArn && targetGroupsBehind(state, loadBalancerOf(state, caller, LoadBalancerArn).arn);
  const { items, NextMarker } = page(
    input,
    `target groups ${LoadBalancerArn ?? ''}`,
    (after) =>
      behind
        ? [...behind].sort().flatMap((arn) => state.targetGroups.get(arn) ?? [])
        : state.targetGroups.ordered('scope', scopeKey(caller), after),
    ({ arn }) => arn,
  );
  return { TargetGroups: items.map(view), NextMarker };
};

const describeAttributes: QueryRule<{ TargetGroupArn: string }> = (state, { TargetGroupArn }, caller) => ({
  Attributes: attributesView(targetGroupOf(state, caller, TargetGroupArn)),
});

const modifyAttributes: CommandRule<{ TargetGroupArn: string; Attributes: readonly AttributeInput[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = targetGroupOf(state, context, input.TargetGroupArn);
    const attributes = checkAttributes(known, input.Attributes);
    checkTogether({ ...known, attributes: { ...known.attributes, ...attributes } });
    return Object.keys(attributes).length === 0 ? [] : [event('TargetGroupAttributesSet', { arn: known.arn, attributes })];
  },
  reply(state, { TargetGroupArn }) {
    const known = state.targetGroups.get(TargetGroupArn);
    return { Attributes: known ? attributesView(known) : [] };
  },
};

/** What the attributes have to be to each other. */
function checkTogether(group: TargetGroup): void {
  const cookie = attributeOf(group, 'stickiness.app_cookie.cookie_name') ?? '';
  if (cookie.startsWith('AWSALB'))
    throw refusals.validation(`The cookie name '${cookie}' is reserved: names cannot begin with AWSALB`);
  if (cookie !== '' && !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(cookie)) {
    throw refusals.validation(`The cookie name '${cookie}' contains invalid characters`);
  }
  checkStickiness(group, cookie);
  const algorithm = attributeOf(group, 'load_balancing.algorithm.type');
  if (attributeOf(group, 'load_balancing.algorithm.anomaly_mitigation') === 'on' && algorithm !== 'weighted_random') {
    throw refusals.invalidConfiguration("Anomaly mitigation is only supported for algorithm type 'weighted_random'");
  }
  if (Number(attributeOf(group, 'slow_start.duration_seconds') ?? 0) > 0 && algorithm !== 'round_robin') {
    throw refusals.invalidConfiguration("Slow start is only supported for algorithm type 'round_robin'");
  }
}

/** ELBv2's own sentences. */
function checkStickiness(group: TargetGroup, cookie: string): void {
  const { protocol } = group;
  const type = attributeOf(group, 'stickiness.type');
  const isSticky = isEnabled(group, 'stickiness.enabled');
  if (isSticky && protocol === 'TLS') {
    throw refusals.invalidConfiguration('You cannot enable stickiness on target groups with the TLS protocol');
  }
  if ((type === 'source_ip') === isApplication(protocol)) {
    throw refusals.invalidConfiguration(
      `Stickiness type '${type}' is not supported for target groups with the ${protocol} protocol`,
    );
  }
  if (isSticky && type === 'app_cookie' && cookie === '') {
    throw refusals.invalidConfiguration("You must set an application cookie name to enable stickiness of type 'app_cookie'");
  }
  if (isSticky && attributeOf(group, 'load_balancing.algorithm.type') === 'weighted_random') {
    throw refusals.invalidConfiguration(
      'You cannot have both stickiness and weighted random algorithm enabled on the same target group.',
    );
  }
}

export const targetGroupCommands: CommandRules = {
  CreateTargetGroup: createTargetGroup,
  ModifyTargetGroup: modifyTargetGroup,
  DeleteTargetGroup: deleteTargetGroup,
  ModifyTargetGroupAttributes: modifyAttributes,
};

export const targetGroupQueries: QueryRules = {
  DescribeTargetGroups: describeTargetGroups,
  DescribeTargetGroupAttributes: describeAttributes,
};
