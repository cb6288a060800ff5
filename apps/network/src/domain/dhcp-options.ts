import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues } from './filters.js';
import { type DhcpOptions, idOf } from './model.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

/** Options are kept and told: containers get their names resolved as their definitions and their hosts say. */
const MOST_OPTIONS = 100;
/** What a VPC has that nobody gave others. */
const DEFAULT = 'default';
/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html */
const KEYS =
  'domain-name-servers domain-name ntp-servers netbios-name-servers netbios-node-type ipv6-address-preferred-lease-time'.split(
    ' ',
  );

interface Configuration {
  readonly Key?: string;
  readonly Values?: readonly string[];
}

function optionOf({ Key, Values = [] }: Configuration): DhcpOptions['options'][number] {
  const key = required(Key, 'dhcpConfiguration.key');
  if (!KEYS.includes(key))
    throw refusals.invalid(key.slice(0, 100), 'dhcpConfiguration.key', `It has to be one of ${KEYS.join(', ')}.`);
  if (Values.length === 0) throw refusals.missing('dhcpConfiguration.value');
  return { key, values: Values };
}

interface CreateInput {
  readonly DhcpConfigurations?: readonly Configuration[];
  readonly TagSpecifications?: readonly TagSpecification[];
}

const createDhcpOptions = change<CreateInput>(
  (network, input, context) => {
    const options = required(input.DhcpConfigurations, 'dhcpConfiguration').map(optionOf);
    if (network.all('dhcp-options').length >= MOST_OPTIONS) throw refusals.limit('DhcpOptionsLimitExceeded', 'DHCP options');
    const { accountId, region } = context;
    const id = idOf('dhcp-options', context.id('dhcp-options'));
    return [
      created({ accountId, region, kind: 'dhcp-options', id, tags: tagsFor('dhcp-options', input.TagSpecifications), options }),
    ];
  },
  (_network, _input, events) => ({ DhcpOptions: optionsView((events.at(-1)!.data as { resource: DhcpOptions }).resource) }),
);

interface NamesOptions {
  readonly DhcpOptionsId?: string;
}

const associateDhcpOptions = change<NamesOptions & { readonly VpcId?: string }>((network, input) => {
  const { dhcpOptionsId: _before, ...vpc } = network.get('vpc', required(input.VpcId, 'vpcId'));
  const asked = required(input.DhcpOptionsId, 'dhcpOptionsId');
  return [changed(asked === DEFAULT ? vpc : { ...vpc, dhcpOptionsId: network.get('dhcp-options', asked).id })];
});

const deleteDhcpOptions = change<NamesOptions>((network, { DhcpOptionsId }) => {
  const options = network.get('dhcp-options', required(DhcpOptionsId, 'dhcpOptionsId'));
  if (network.all('vpc').some(({ dhcpOptionsId }) => dhcpOptionsId === options.id)) {
    throw refusals.dependencies('dhcpOptions', options.id);
  }
  return [deleted(options)];
});

const FILTERS: FilterValues<DhcpOptions> = {
  'dhcp-options-id': ({ id }) => id,
  key: ({ options }) => options.map(({ key }) => key),
  'owner-id': ({ accountId }) => accountId,
  value: ({ options }) => options.flatMap(({ values }) => values),
};

const describeDhcpOptions = read<DescribeInput & { readonly DhcpOptionsIds?: readonly string[] }>((network, input) => {
  const { items, NextToken } = described(network, 'dhcp-options', input.DhcpOptionsIds, input, FILTERS);
  return { DhcpOptions: items.map(optionsView), NextToken };
});

const optionsView = ({ id, accountId, options, tags }: DhcpOptions) => ({
  DhcpOptionsId: id,
  OwnerId: accountId,
  DhcpConfigurations: options.map(({ key, values }) => ({ Key: key, Values: values.map((Value) => ({ Value })) })),
  Tags: tagList(tags),
});

export const dhcpOptionsCommands: CommandRules = {
  CreateDhcpOptions: createDhcpOptions,
  AssociateDhcpOptions: associateDhcpOptions,
  DeleteDhcpOptions: deleteDhcpOptions,
};
export const dhcpOptionsQueries: QueryRules = { DescribeDhcpOptions: describeDhcpOptions };
