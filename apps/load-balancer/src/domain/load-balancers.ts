import { sameContent, scopeKey } from '#lib/kernel';
import { freeAddresses, type Placement } from './addresses.js';
import { loadBalancerArn, kindOf, isOwn } from './arns.js';
import { attributesView, type AttributeInput, checkAttributes, isEnabled } from './attributes.js';
import { event, type LoadBalancingEvents } from './events.js';
import { LIMITS } from './limits.js';
import { availabilityZones, loadBalancerView } from './load-balancer-view.js';
import { loadBalancerNamed, loadBalancerOf } from './lookup.js';
import type { LoadBalancer, LoadBalancerStateCode, LoadBalancerType, Tag } from './model.js';
import {
  checkIpAddressType,
  checkSecurityGroups,
  checkSubnets,
  type SubnetsInput,
  type WithSubnetFacts,
} from './network-input.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { checkTags } from './tag-input.js';

interface CreateLoadBalancerInput extends SubnetsInput, WithSubnetFacts {
  readonly Name: string;
  readonly SecurityGroups?: readonly string[];
  readonly Scheme?: LoadBalancer['scheme'];
  readonly Type?: LoadBalancerType | 'gateway';
  readonly IpAddressType?: string;
  readonly CustomerOwnedIpv4Pool?: string;
  readonly EnablePrefixForIpv6SourceNat?: string;
  readonly IpamPools?: { readonly Ipv4IpamPoolId?: string };
  readonly Tags?: readonly Tag[];
  /** Not the caller's: the app's. */
  readonly placement: Placement;
}

export function checkName(what: string, name: string): void {
  if (name.length > 32) throw refusals.validation(`${what} name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw refusals.validation(
      `${what} name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`,
    );
  }
  if (name.startsWith('-') || name.endsWith('-'))
    throw refusals.validation(`${what} name '${name}' cannot begin or end with '-'`);
}

/** What makes two load balancers of one name the same one. */
const settingsOf = (of: Omit<LoadBalancer, 'arn' | 'state' | 'attributes' | 'createdAt' | 'dnsName' | 'addresses'>) => ({
  type: of.type,
  scheme: of.scheme,
  ipAddressType: of.ipAddressType,
  subnets: of.subnets,
  securityGroups: of.securityGroups,
  customerOwnedIpv4Pool: of.customerOwnedIpv4Pool,
  enablePrefixForIpv6SourceNat: of.enablePrefixForIpv6SourceNat,
  ipv4IpamPoolId: of.ipv4IpamPoolId,
  tags: [...of.tags].sort((a, b) => (a.Key < b.Key ? -1 : 1)),
});

const createLoadBalancer: CommandRule<CreateLoadBalancerInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region } = context;
    const { Name: name, Type: type = 'application', Scheme: scheme = 'internet-facing' } = input;
    checkName('Load balancer', name);
    if (/^internal-/i.test(name)) throw refusals.validation(`Load balancer name '${name}' cannot begin with 'internal-'`);
    if (type === 'gateway') {
      throw refusals.unsupported("Longshore has application and network load balancers; type 'gateway' is not supported.");
    }
    const securityGroups = checkSecurityGroups(input.SecurityGroups);
    const settings = {
      accountId,
      region,
      name,
      type,
      scheme,
      ipAddressType: checkIpAddressType(input.IpAddressType ?? 'ipv4', { type, scheme }),
      subnets: checkSubnets(input),
      ...input.subnetFacts,
      securityGroups,
      ...(type === 'network' && securityGroups.length > 0 ? { enforceSecurityGroupInboundRules: 'on' } : {}),
      ...given({
        customerOwnedIpv4Pool: input.CustomerOwnedIpv4Pool,
        enablePrefixForIpv6SourceNat: input.EnablePrefixForIpv6SourceNat ?? (type === 'network' ? 'off' : undefined),
        ipv4IpamPoolId: input.IpamPools?.Ipv4IpamPoolId,
      }),
      tags: checkTags(input.Tags),
    };
    const known = loadBalancerNamed(state, context, name);
    if (known) {
      if (sameContent(settingsOf(known), settingsOf(settings))) return [];
      throw refusals.duplicateLoadBalancer(name);
    }
    let count = 0;
    for (const other of state.loadBalancers.by('scope', scopeKey(context))) if (other.type === type) count++;
    if (count >= LIMITS[`${type}-load-balancers`]) throw tooManyLoadBalancers();
    const id = context.id('load-balancer').slice(0, 16);
    const isTaken = (own: string) => state.loadBalancers.countBy('address', own) > 0;
    const addresses = freeAddresses(input.placement, [accountId, region, name], isTaken);
    if (!addresses) throw tooManyLoadBalancers();
    return [
      event('LoadBalancerCreated', {
        arn: loadBalancerArn(context, type, name, id),
        ...settings,
        dnsName: dnsName(settings, id, input.placement),
        addresses,
      }),
    ];
  },
  reply(state, input, _events, caller) {
    const known = loadBalancerNamed(state, caller, input.Name);
    return { LoadBalancers: known ? [loadBalancerView(known)] : [] };
  },
};

const tooManyLoadBalancers = () =>
  refusals.tooMany('TooManyLoadBalancers', 'The quota of load balancers in your account has been reached');

/** In ELBv2's forms; the digits of an application load balancer are decimal. */
function dnsName(
  { type, scheme, name, region }: Pick<LoadBalancer, 'type' | 'scheme' | 'name' | 'region'>,
  id: string,
  at: Placement,
) {
  const internal = scheme === 'internal' && type === 'application' ? 'internal-' : '';
  const label =
    `${internal}${name}-${type === 'application' ? (BigInt(`0x${id}`) % 10_000_000_000n).toString() : id}`.toLowerCase();
  return type === 'application' ? `${label}.${region}.elb.${at.dnsSuffix}` : `${label}.elb.${region}.${at.dnsSuffix}`;
}

/** Only what is there: an event has no members without a value. */
const given = <T extends object>(members: T): Partial<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;

const deleteLoadBalancer: CommandRule<{ LoadBalancerArn: string }> = {
  actors: ITSELF,
  decide(state, { LoadBalancerArn: arn }, context) {
    if (kindOf(arn) !== 'loadbalancer') throw refusals.validation(`'${arn}' is not a valid load balancer ARN`);
    const known = isOwn(arn, context) ? state.loadBalancers.get(arn) : undefined;
    if (!known) return [];
    if (isEnabled(known, 'deletion_protection.enabled')) {
      throw refusals.notPermitted(`Load balancer '${arn}' cannot be deleted because deletion protection is enabled`);
    }
    return [event('LoadBalancerDeleted', { arn: known.arn })];
  },
  reply: () => ({}),
};

interface DescribeLoadBalancersInput extends PageInput {
  readonly LoadBalancerArns?: readonly string[];
  readonly Names?: readonly string[];
}

const describeLoadBalancers: QueryRule<DescribeLoadBalancersInput> = (state, input, caller) => {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0) {
    throw refusals.validation('Load balancer ARNs and load balancer names cannot be specified at the same time');
  }
  if (arns.length > 20 || names.length > 20) throw refusals.validation('At most 20 load balancers can be specified');
  if (arns.length > 0) {
    const found = [...new Set(arns)].map((arn) => loadBalancerOf(state, caller, arn));
    return { LoadBalancers: found.map(loadBalancerView) };
  }
  if (names.length > 0) {
    const found = [...new Set(names)].map((name) => loadBalancerNamed(state, caller, name));
    const missing = names.filter((name) => !loadBalancerNamed(state, caller, name));
    if (missing.length > 0) throw refusals.loadBalancersNotFound(missing);
    return { LoadBalancers: found.map((of) => loadBalancerView(of!)) };
  }
  const { items, NextMarker } = page(
    input,
    'load balancers',
    (after) => state.loadBalancers.ordered('scope', scopeKey(caller), after),
    ({ arn }) => arn,
  );
  return { LoadBalancers: items.map(loadBalancerView), NextMarker };
};

const describeAttributes: QueryRule<{ LoadBalancerArn: string }> = (state, { LoadBalancerArn }, caller) => ({
  Attributes: attributesView(loadBalancerOf(state, caller, LoadBalancerArn)),
});

const modifyAttributes: CommandRule<{ LoadBalancerArn: string; Attributes: readonly AttributeInput[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = loadBalancerOf(state, context, input.LoadBalancerArn);
    const attributes = checkAttributes(known, input.Attributes);
    return Object.keys(attributes).length === 0 ? [] : [event('LoadBalancerAttributesSet', { arn: known.arn, attributes })];
  },
  reply(state, { LoadBalancerArn }) {
    const known = state.loadBalancers.get(LoadBalancerArn);
    return { Attributes: known ? attributesView(known) : [] };
  },
};

type NetworkChange = Omit<LoadBalancingEvents['LoadBalancerNetworkChanged'], 'arn'>;

/** Nothing, where it is so already. */
function networkChanged(known: LoadBalancer, change: NetworkChange) {
  const changed = Object.entries(given(change)).filter(([key, value]) => !sameContent(known[key as keyof LoadBalancer], value));
  return changed.length === 0 ? [] : [event('LoadBalancerNetworkChanged', { arn: known.arn, ...Object.fromEntries(changed) })];
}

interface SetSubnetsInput extends SubnetsInput, WithSubnetFacts {
  readonly LoadBalancerArn: string;
  readonly IpAddressType?: string;
  readonly EnablePrefixForIpv6SourceNat?: string;
}

const setSubnets: CommandRule<SetSubnetsInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = loadBalancerOf(state, context, input.LoadBalancerArn);
    const subnets = checkSubnets(input);
    if (subnets.length === 0) throw refusals.validation('At least one subnet must be specified');
    return networkChanged(known, {
      subnets,
      ...input.subnetFacts,
      ipAddressType: input.IpAddressType === undefined ? undefined : checkIpAddressType(input.IpAddressType, known),
      enablePrefixForIpv6SourceNat: input.EnablePrefixForIpv6SourceNat,
    });
  },
  reply(state, { LoadBalancerArn }) {
    const known = state.loadBalancers.get(LoadBalancerArn);
    return known ? { AvailabilityZones: availabilityZones(known), IpAddressType: known.ipAddressType } : {};
  },
};

interface SetSecurityGroupsInput {
  readonly LoadBalancerArn: string;
  readonly SecurityGroups: readonly string[];
  readonly EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic?: string;
}

const setSecurityGroups: CommandRule<SetSecurityGroupsInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = loadBalancerOf(state, context, input.LoadBalancerArn);
    const enforced = input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic;
    if (enforced !== undefined && known.type !== 'network') {
      throw refusals.invalidConfiguration(
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic is only supported on load balancers with type 'network'",
      );
    }
    // "Only if you specified at least one security group for the load balancer when you created it."
    if (known.type === 'network' && known.securityGroups.length === 0)
      throw refusals.invalidConfiguration(
        'You cannot add security groups to a Network Load Balancer that was created without security groups',
      );
    const securityGroups = checkSecurityGroups(input.SecurityGroups);
    return networkChanged(known, { securityGroups, enforceSecurityGroupInboundRules: enforced });
  },
  reply(state, { LoadBalancerArn }) {
    const known = state.loadBalancers.get(LoadBalancerArn);
    return {
      SecurityGroupIds: known?.securityGroups,
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: known?.enforceSecurityGroupInboundRules,
    };
  },
};

const setIpAddressType: CommandRule<{ LoadBalancerArn: string; IpAddressType: string }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const known = loadBalancerOf(state, context, input.LoadBalancerArn);
    return networkChanged(known, { ipAddressType: checkIpAddressType(input.IpAddressType, known) });
  },
  reply: (state, { LoadBalancerArn }) => ({ IpAddressType: state.loadBalancers.get(LoadBalancerArn)?.ipAddressType }),
};

/** No capacity is reserved here, and none has to be: what a client that looks for it finds. */
const describeCapacityReservation: QueryRule<{ LoadBalancerArn: string }> = (state, { LoadBalancerArn }, caller) => {
  loadBalancerOf(state, caller, LoadBalancerArn);
  return { DecreaseRequestsRemaining: 0, CapacityReservationState: [] };
};

/** Longshore's own: names, states and addresses at a glance, for `status`. */
const listLoadBalancers: QueryRule<object> = (state, _input, caller) => ({
  loadBalancers: [...state.loadBalancers.by('scope', scopeKey(caller))]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, arn, type, dnsName, addresses, state: { code, reason } }) => ({
      name,
      arn,
      type,
      dnsName,
      addresses,
      state: code,
      ...(reason === undefined ? {} : { reason }),
      listeners: [...state.listeners.by('loadBalancer', arn)]
        .sort((a, b) => a.port - b.port)
        .map(({ protocol, port }) => `${protocol}:${port}`),
    })),
});

interface LoadBalancerReport {
  readonly arn: string;
  readonly code: LoadBalancerStateCode;
  readonly reason?: string;
}

/** From the data plane: what has become of a load balancer's listeners on this host. */
const recordLoadBalancerStates: CommandRule<{ states: readonly LoadBalancerReport[] }> = {
  actors: ITSELF,
  decide: (state, { states }) =>
    states.flatMap(({ arn, code, reason }) => {
      const known = state.loadBalancers.get(arn);
      const told = { code, ...(reason === undefined ? {} : { reason }) };
      return !known || sameContent(known.state, told) ? [] : [event('LoadBalancerStateChanged', { arn: known.arn, state: told })];
    }),
  reply: () => ({}),
};

export const loadBalancerCommands: CommandRules = {
  CreateLoadBalancer: createLoadBalancer,
  DeleteLoadBalancer: deleteLoadBalancer,
  ModifyLoadBalancerAttributes: modifyAttributes,
  SetSubnets: setSubnets,
  SetSecurityGroups: setSecurityGroups,
  SetIpAddressType: setIpAddressType,
  RecordLoadBalancerStates: recordLoadBalancerStates,
};

export const loadBalancerQueries: QueryRules = {
  DescribeLoadBalancers: describeLoadBalancers,
  DescribeLoadBalancerAttributes: describeAttributes,
  DescribeCapacityReservation: describeCapacityReservation,
  ListLoadBalancers: listLoadBalancers,
};
