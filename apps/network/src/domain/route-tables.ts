import { formatCidr, refuse } from '#lib/kernel';
import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues, ofNone } from './filters.js';
import { associationId, idOf, type Route, type RouteTable } from './model.js';
import type { Network } from './network.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';
import { cidrOf } from './vpcs.js';

const MOST_TABLES = 200;
const MOST_ROUTES = 500;

interface CreateRouteTableInput {
  readonly VpcId?: string;
  readonly TagSpecifications?: readonly TagSpecification[];
}

const createRouteTable = change<CreateRouteTableInput>(
  (network, { VpcId, TagSpecifications }, context) => {
    const vpc = network.get('vpc', required(VpcId, 'vpcId'));
    const tables = network.all('route-table').filter(({ vpcId }) => vpcId === vpc.id);
    if (tables.length >= MOST_TABLES) throw refusals.limit('RouteTableLimitExceeded', 'route tables');
    const { accountId, region } = context;
    const table: RouteTable = {
      accountId,
      region,
      kind: 'route-table',
      id: idOf('route-table', context.id('route-table')),
      tags: tagsFor('route-table', TagSpecifications),
      vpcId: vpc.id,
      routes: [{ destinationCidrBlock: vpc.cidrBlock, gatewayId: 'local' }],
      associations: [],
    };
    return [created(table)];
  },
  (_network, _input, events) => ({ RouteTable: tableView((events.at(-1)!.data as { resource: RouteTable }).resource) }),
);

const tableOf = (network: Network, id: string | undefined): RouteTable =>
  network.get('route-table', required(id, 'routeTableId'));

const deleteRouteTable = change<{ readonly RouteTableId?: string }>((network, { RouteTableId }) => {
  const table = tableOf(network, RouteTableId);
  if (table.associations.length > 0) throw refusals.dependencies('routeTable', table.id);
  return [deleted(table)];
});

interface RouteInput {
  readonly RouteTableId?: string;
  readonly DestinationCidrBlock?: string;
  readonly GatewayId?: string;
  readonly NatGatewayId?: string;
}

function routeOf(network: Network, { DestinationCidrBlock, GatewayId, NatGatewayId }: RouteInput): Route {
  const destinationCidrBlock = formatCidr(cidrOf(required(DestinationCidrBlock, 'destinationCidrBlock'), 'destinationCidrBlock'));
  if (GatewayId) return { destinationCidrBlock, gatewayId: network.get('internet-gateway', GatewayId).id };
  if (NatGatewayId) return { destinationCidrBlock, natGatewayId: network.get('natgateway', NatGatewayId).id };
  throw refuse('UnsupportedOperation', 'Routes of Longshore lead to an internet gateway or a NAT gateway.');
}

const createRoute = change<RouteInput>((network, input) => {
  const table = tableOf(network, input.RouteTableId);
  const route = routeOf(network, input);
  if (table.routes.some(({ destinationCidrBlock }) => destinationCidrBlock === route.destinationCidrBlock)) {
    throw refuse('RouteAlreadyExists', `The route identified by ${route.destinationCidrBlock} already exists.`);
  }
  if (table.routes.length >= MOST_ROUTES) throw refusals.limit('RouteLimitExceeded', 'routes');
  return [changed({ ...table, routes: [...table.routes, route] })];
});

function known({ id, routes }: RouteTable, destination: string): void {
  if (!routes.some((one) => one.destinationCidrBlock === destination && one.gatewayId !== 'local')) {
    throw refuse('InvalidRoute.NotFound', `no route with destination-cidr-block ${destination} in route table ${id}`);
  }
}

const replaceRoute = change<RouteInput>((network, input) => {
  const table = tableOf(network, input.RouteTableId);
  const route = routeOf(network, input);
  known(table, route.destinationCidrBlock);
  const routes = table.routes.map((one) => (one.destinationCidrBlock === route.destinationCidrBlock ? route : one));
  return [changed({ ...table, routes })];
});

const deleteRoute = change<RouteInput>((network, input) => {
  const table = tableOf(network, input.RouteTableId);
  const destination = formatCidr(cidrOf(required(input.DestinationCidrBlock, 'destinationCidrBlock'), 'destinationCidrBlock'));
  known(table, destination);
  return [changed({ ...table, routes: table.routes.filter((one) => one.destinationCidrBlock !== destination) })];
});

interface AssociateInput {
  readonly RouteTableId?: string;
  readonly SubnetId?: string;
  readonly GatewayId?: string;
}

const associateRouteTable = change<AssociateInput>(
  (network, input, context) => {
    const table = tableOf(network, input.RouteTableId);
    if (input.GatewayId) throw refuse('UnsupportedOperation', 'Route tables of Longshore are for subnets.');
    const subnet = network.get('subnet', required(input.SubnetId, 'subnetId'));
    if (subnet.vpcId !== table.vpcId) throw differentNetworks(table, subnet.id);
    const other = network
      .all('route-table')
      .find(({ associations }) => associations.some(({ subnetId }) => subnetId === subnet.id));
    const same = other?.associations.find(({ subnetId }) => subnetId === subnet.id);
    if (other && other.id !== table.id) {
      throw refuse(
        'Resource.AlreadyAssociated',
        `the specified association for route table ${table.id} conflicts with an existing association`,
      );
    }
    if (same) return [];
    const association = { id: associationId(context.id('association')), subnetId: subnet.id, main: false };
    return [changed({ ...table, associations: [...table.associations, association] })];
  },
  (network, { RouteTableId, SubnetId }) => {
    const made = tableOf(network, RouteTableId).associations.find(({ subnetId }) => subnetId === SubnetId);
    return { AssociationId: made?.id, AssociationState: { State: 'associated' } };
  },
);

const differentNetworks = (table: RouteTable, subnet: string) =>
  refuse('InvalidParameterValue', `Route table ${table.id} and subnet ${subnet} belong to different networks`);

function withAssociation(network: Network, id: string): RouteTable {
  const table = network.all('route-table').find(({ associations }) => associations.some((one) => one.id === id));
  if (!table) throw refuse('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
  return table;
}

interface AssociationInput {
  readonly AssociationId?: string;
  readonly RouteTableId?: string;
}

const disassociateRouteTable = change<AssociationInput>((network, { AssociationId }) => {
  const table = withAssociation(network, required(AssociationId, 'associationId'));
  if (table.associations.some(({ id, main }) => id === AssociationId && main))
    throw refuse('InvalidParameterValue', `cannot disassociate the main route table association ${AssociationId}`);
  return [changed({ ...table, associations: table.associations.filter(({ id }) => id !== AssociationId) })];
});

/** The subnet's, or which table is the main one. */
const replaceRouteTableAssociation = change<AssociationInput>(
  (network, input, context) => {
    const from = withAssociation(network, required(input.AssociationId, 'associationId'));
    const to = tableOf(network, input.RouteTableId);
    const association = from.associations.find(({ id }) => id === input.AssociationId)!;
    if (to.vpcId !== from.vpcId) throw differentNetworks(to, association.subnetId ?? '(main)');
    const moved = { ...association, id: associationId(context.id('association')) };
    const left = { ...from, associations: from.associations.filter(({ id }) => id !== association.id) };
    if (to.id === from.id) return [changed({ ...from, associations: [...left.associations, moved] })];
    return [changed(left), changed({ ...to, associations: [...to.associations, moved] })];
  },
  (_network, _input, events) => {
    const { resource } = events.at(-1)!.data as { resource: RouteTable };
    return { NewAssociationId: resource.associations.at(-1)!.id, AssociationState: { State: 'associated' } };
  },
);

const isMain = ({ associations }: RouteTable) => associations.some(({ main }) => main);

const originOf = ({ gatewayId }: Route) => (gatewayId === 'local' ? 'CreateRouteTable' : 'CreateRoute');

const FILTERS: FilterValues<RouteTable> = {
  'association.main': (table) => String(isMain(table)),
  'association.route-table-association-id': ({ associations }) => associations.map(({ id }) => id),
  'association.route-table-id': ({ id, associations }) => (associations.length > 0 ? id : undefined),
  'association.subnet-id': ({ associations }) => associations.flatMap(({ subnetId }) => subnetId ?? []),
  'owner-id': ({ accountId }) => accountId,
  'route-table-id': ({ id }) => id,
  'route.destination-cidr-block': ({ routes }) => routes.map(({ destinationCidrBlock }) => destinationCidrBlock),
  'route.gateway-id': ({ routes }) => routes.flatMap(({ gatewayId }) => gatewayId ?? []),
  'route.nat-gateway-id': ({ routes }) => routes.flatMap(({ natGatewayId }) => natGatewayId ?? []),
  'vpc-id': ({ vpcId }) => vpcId,
  'route.origin': ({ routes }) => routes.map(originOf),
  'route.state': ({ routes }) => routes.map(() => 'active'),
  ...ofNone(
    'association.gateway-id',
    'route.destination-ipv6-cidr-block',
    'route.destination-prefix-list-id',
    'route.egress-only-internet-gateway-id',
    'route.instance-id',
    'route.transit-gateway-id',
    'route.vpc-peering-connection-id',
  ),
};

const describeRouteTables = read<DescribeInput & { readonly RouteTableIds?: readonly string[] }>((network, input) => {
  const { items, NextToken } = described(network, 'route-table', input.RouteTableIds, input, FILTERS);
  return { RouteTables: items.map(tableView), NextToken };
});

const tableView = ({ id, vpcId, accountId, routes, associations, tags }: RouteTable) => ({
  RouteTableId: id,
  VpcId: vpcId,
  OwnerId: accountId,
  PropagatingVgws: [],
  Routes: routes.map((route) => ({
    DestinationCidrBlock: route.destinationCidrBlock,
    ...(route.gatewayId === undefined ? {} : { GatewayId: route.gatewayId }),
    ...(route.natGatewayId === undefined ? {} : { NatGatewayId: route.natGatewayId }),
    Origin: originOf(route),
    State: 'active',
  })),
  Associations: associations.map((association) => ({
    RouteTableAssociationId: association.id,
    RouteTableId: id,
    Main: association.main,
    ...(association.subnetId === undefined ? {} : { SubnetId: association.subnetId }),
    AssociationState: { State: 'associated' },
  })),
  Tags: tagList(tags),
});

export const routeTableCommands: CommandRules = {
  CreateRouteTable: createRouteTable,
  DeleteRouteTable: deleteRouteTable,
  CreateRoute: createRoute,
  ReplaceRoute: replaceRoute,
  DeleteRoute: deleteRoute,
  AssociateRouteTable: associateRouteTable,
  DisassociateRouteTable: disassociateRouteTable,
  ReplaceRouteTableAssociation: replaceRouteTableAssociation,
};
export const routeTableQueries: QueryRules = { DescribeRouteTables: describeRouteTables };
