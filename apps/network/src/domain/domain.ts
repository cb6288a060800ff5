import { deciderOf, type Domain } from '#lib/kernel';
import { accountQueries } from './account-attributes.js';
import { type NetworkEvents, networkUpcasts } from './events.js';
import { networkEvolvers } from './evolve.js';
import { dhcpOptionsCommands, dhcpOptionsQueries } from './dhcp-options.js';
import { explainConnectionQueries } from './explain-connection.js';
import { flowLogCommands, flowLogQueries } from './flow-logs.js';
import { gatewayCommands, gatewayQueries } from './gateways.js';
import { hostInstanceQueries } from './host-instances.js';
import { imageQueries } from './images.js';
import { instanceTypeQueries } from './instance-types.js';
import { keyPairCommands, keyPairQueries } from './key-pairs.js';
import { launchTemplateCommands, launchTemplateQueries } from './launch-templates.js';
import { loadBalancerMemberCommands } from './load-balancer-members.js';
import { networkInterfaceCommands, networkInterfaceQueries } from './network-interfaces.js';
import { networkAclCommands, networkAclQueries } from './network-acls.js';
import { prefixListQueries } from './prefix-lists.js';
import { routeTableCommands, routeTableQueries } from './route-tables.js';
import type { CommandRules, QueryRules } from './rule-types.js';
import { securityGroupCommands, securityGroupQueries } from './security-groups.js';
import { type NetworkState, newTables } from './state.js';
import { subnetCommands, subnetQueries } from './subnets.js';
import { tagCommands, tagQueries } from './tags.js';
import { vpcEndpointCommands, vpcEndpointQueries } from './vpc-endpoints.js';
import { vpcCommands, vpcQueries } from './vpcs.js';

/** Every command of the `network` journal by name. A name is an API operation's. */
export const networkCommands: CommandRules = {
  ...vpcCommands,
  ...subnetCommands,
  ...securityGroupCommands,
  ...gatewayCommands,
  ...routeTableCommands,
  ...networkInterfaceCommands,
  ...loadBalancerMemberCommands,
  ...networkAclCommands,
  ...vpcEndpointCommands,
  ...launchTemplateCommands,
  ...keyPairCommands,
  ...dhcpOptionsCommands,
  ...flowLogCommands,
  ...tagCommands,
};

/** Every read that the state answers, by operation. */
export const networkQueries: QueryRules = {
  ...vpcQueries,
  ...subnetQueries,
  ...securityGroupQueries,
  ...gatewayQueries,
  ...routeTableQueries,
  ...networkAclQueries,
  ...vpcEndpointQueries,
  ...prefixListQueries,
  ...launchTemplateQueries,
  ...keyPairQueries,
  ...dhcpOptionsQueries,
  ...flowLogQueries,
  ...instanceTypeQueries,
  ...imageQueries,
  ...hostInstanceQueries,
  ...networkInterfaceQueries,
  ...accountQueries,
  ...explainConnectionQueries,
  ...tagQueries,
};

/** The `network` journal's rules, whole. */
export const network: Domain<NetworkState> = {
  journal: 'network',
  schemaVersion: 2,
  newTables,
  decider: deciderOf<NetworkState, NetworkEvents>({
    commands: networkCommands,
    evolvers: networkEvolvers,
    upcasts: networkUpcasts,
  }),
  queries: networkQueries,
};
