import { created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues } from './filters.js';
import { type FlowLog, idOf, type Kind } from './model.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

/**
 * Flow logs are kept and told, since most descriptions of a network have one. Nobody writes down flows here, and each log says so where EC2 says
 * that one could not be delivered.
 */
const MOST_LOGS = 500;
const NOT_DELIVERED = 'Longshore records no flows: this log is kept, and stays empty.';
const RESOURCES: Readonly<Record<string, Kind>> = { VPC: 'vpc', Subnet: 'subnet', NetworkInterface: 'network-interface' };
const TRAFFIC = ['ACCEPT', 'REJECT', 'ALL'];
const DESTINATIONS = ['cloud-watch-logs', 's3', 'kinesis-data-firehose'];
/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html */
const DEFAULT_FORMAT =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
    .split(' ')
    .map((field) => `\${${field}}`)
    .join(' ');

interface CreateInput {
  readonly ResourceIds?: readonly string[];
  readonly ResourceType?: string;
  readonly TrafficType?: string;
  readonly LogDestinationType?: string;
  readonly LogDestination?: string;
  readonly LogGroupName?: string;
  readonly DeliverLogsPermissionArn?: string;
  readonly LogFormat?: string;
  readonly MaxAggregationInterval?: number;
  readonly DestinationOptions?: FlowLog['destinationOptions'];
  readonly TagSpecifications?: readonly TagSpecification[];
}

function oneOf(value: string, allowed: readonly string[], parameter: string): string {
  if (!allowed.includes(value))
    throw refusals.invalid(value.slice(0, 100), parameter, `It has to be one of ${allowed.join(', ')}.`);
  return value;
}

const createFlowLogs = change<CreateInput>(
  (network, input, context) => {
    const { accountId, region, at: createdAt } = context;
    const kind = RESOURCES[oneOf(required(input.ResourceType, 'ResourceType'), Object.keys(RESOURCES), 'ResourceType')]!;
    const ids = required(input.ResourceIds, 'ResourceId').map((id) => network.get(kind, id).id);
    const maxAggregationInterval = input.MaxAggregationInterval ?? 600;
    if (maxAggregationInterval !== 60 && maxAggregationInterval !== 600)
      throw refusals.invalid(`${maxAggregationInterval}`, 'MaxAggregationInterval', 'It has to be 60 or 600.');
    const { LogDestination: destination, LogGroupName: logGroupName } = input;
    if (destination === undefined && logGroupName === undefined) throw refusals.missing('LogDestination or LogGroupName');
    if (network.all('vpc-flow-log').length + ids.length > MOST_LOGS) throw refusals.limit('FlowLogLimitExceeded', 'flow logs');
    return ids.map((resourceId, index) =>
      created({
        accountId,
        region,
        kind: 'vpc-flow-log',
        id: idOf('vpc-flow-log', context.id(`vpc-flow-log-${index}`)),
        tags: tagsFor('vpc-flow-log', input.TagSpecifications),
        resourceId,
        trafficType: oneOf(required(input.TrafficType, 'TrafficType'), TRAFFIC, 'TrafficType'),
        destinationType: oneOf(input.LogDestinationType ?? 'cloud-watch-logs', DESTINATIONS, 'LogDestinationType'),
        format: input.LogFormat ?? DEFAULT_FORMAT,
        maxAggregationInterval,
        createdAt,
        ...(destination === undefined ? {} : { destination }),
        ...(logGroupName === undefined ? {} : { logGroupName }),
        ...(input.DeliverLogsPermissionArn === undefined ? {} : { roleArn: input.DeliverLogsPermissionArn }),
        ...(input.DestinationOptions === undefined ? {} : { destinationOptions: input.DestinationOptions }),
      }),
    );
  },
  (_network, _input, events) => ({
    FlowLogIds: events.flatMap(({ type, data }) =>
      type === 'ResourceCreated' ? [(data as { resource: FlowLog }).resource.id] : [],
    ),
    Unsuccessful: [],
  }),
);

const deleteFlowLogs = change<{ readonly FlowLogIds?: readonly string[] }>(
  (network, { FlowLogIds }) =>
    [...new Set(required(FlowLogIds, 'FlowLogId'))].map((id) => deleted(network.get('vpc-flow-log', id))),
  () => ({ Unsuccessful: [] }),
);

const FILTERS: FilterValues<FlowLog> = {
  'deliver-log-status': () => 'FAILED',
  'flow-log-id': ({ id }) => id,
  'log-destination-type': ({ destinationType }) => destinationType,
  'log-group-name': ({ logGroupName }) => logGroupName,
  'resource-id': ({ resourceId }) => resourceId,
  'traffic-type': ({ trafficType }) => trafficType,
};

interface DescribeFlowLogsInput extends Omit<DescribeInput, 'Filters'> {
  readonly FlowLogIds?: readonly string[];
  /** Its name in this operation. */
  readonly Filter?: DescribeInput['Filters'];
}

const describeFlowLogs = read<DescribeFlowLogsInput>((network, { FlowLogIds, Filter, ...page }) => {
  const input = { ...page, ...(Filter ? { Filters: Filter } : {}) };
  const { items, NextToken } = described(network, 'vpc-flow-log', FlowLogIds, input, FILTERS);
  return { FlowLogs: items.map(flowLogView), NextToken };
});

const flowLogView = (log: FlowLog) => ({
  FlowLogId: log.id,
  FlowLogStatus: 'ACTIVE',
  ResourceId: log.resourceId,
  TrafficType: log.trafficType,
  LogDestinationType: log.destinationType,
  LogDestination: log.destination,
  LogGroupName: log.logGroupName,
  LogFormat: log.format,
  MaxAggregationInterval: log.maxAggregationInterval,
  DeliverLogsPermissionArn: log.roleArn,
  DeliverLogsStatus: 'FAILED',
  DeliverLogsErrorMessage: NOT_DELIVERED,
  DestinationOptions: log.destinationOptions,
  CreationTime: log.createdAt,
  Tags: tagList(log.tags),
});

export const flowLogCommands: CommandRules = { CreateFlowLogs: createFlowLogs, DeleteFlowLogs: deleteFlowLogs };
export const flowLogQueries: QueryRules = { DescribeFlowLogs: describeFlowLogs };
