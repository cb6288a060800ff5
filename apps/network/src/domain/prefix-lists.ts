import { hashId, refuse } from '#lib/kernel';
import { filtered, type DescribeInput, type FilterValues } from './filters.js';
import { type QueryRules, read } from './rule-types.js';

/**
 * The lists of addresses that AWS keeps of its own services, by the names that files look up. None of these services is at AWS's addresses for a
 * task here, so no list has an address: a rule of a security group that names one is kept, and lets nothing through.
 * https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 */
const REGIONAL = ['s3', 'dynamodb', 'ec2-instance-connect', 'route53-healthchecks', 's3express', 'vpc-lattice'];
const GLOBAL = ['cloudfront.origin-facing', 'groundstation'];
/** Those that gateway endpoints lead to. */
const OF_GATEWAYS = ['s3', 'dynamodb'];

interface PrefixList {
  readonly id: string;
  readonly name: string;
  readonly isOfGateways: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

const prefixListsOf = (region: string): readonly PrefixList[] =>
  [...REGIONAL.map((service) => [region, service] as const), ...GLOBAL.map((service) => ['global', service] as const)].map(
    ([place, service]) => {
      const name = `com.amazonaws.${place}.${service}`;
      const id = `pl-${hashId('prefix-list', name).slice(0, 8)}`;
      return { id, name, isOfGateways: OF_GATEWAYS.includes(service), tags: {} };
    },
  );

/** The list with this id, which has to be there. */
export function prefixListOf(region: string, id: string): PrefixList {
  const found = prefixListsOf(region).find((one) => one.id === id);
  if (!found) throw refuse('InvalidPrefixListId.NotFound', `The prefix list ID '${id}' does not exist`);
  return found;
}

interface DescribeListsInput extends DescribeInput {
  readonly PrefixListIds?: readonly string[];
}

const FILTERS: FilterValues<PrefixList> = {
  'prefix-list-id': ({ id }) => id,
  'prefix-list-name': ({ name }) => name,
};
const MANAGED_FILTERS: FilterValues<PrefixList> = { ...FILTERS, 'owner-id': () => 'AWS' };

const asked = (region: string, ids: readonly string[] = []): readonly PrefixList[] =>
  ids.length > 0 ? ids.map((id) => prefixListOf(region, id)) : prefixListsOf(region);

/** Terraform reads the list of each endpoint. */
const describePrefixLists = read<DescribeListsInput>((_network, { PrefixListIds, Filters }, { region }) => ({
  PrefixLists: filtered(asked(region, PrefixListIds), FILTERS, Filters)
    .filter(({ isOfGateways }) => isOfGateways)
    .map(({ id, name }) => ({ PrefixListId: id, PrefixListName: name, Cidrs: [] })),
}));

const describeManagedPrefixLists = read<DescribeListsInput>((_network, { PrefixListIds, Filters }, { region }) => ({
  PrefixLists: filtered(asked(region, PrefixListIds), MANAGED_FILTERS, Filters).map(({ id, name }) => ({
    PrefixListId: id,
    PrefixListName: name,
    PrefixListArn: `arn:aws:ec2:${region}:aws:prefix-list/${id}`,
    AddressFamily: 'IPv4',
    State: 'create-complete',
    OwnerId: 'AWS',
    Tags: [],
  })),
}));

const getManagedPrefixListEntries = read<{ readonly PrefixListId?: string }>((_network, { PrefixListId }, { region }) => {
  prefixListOf(region, PrefixListId ?? '');
  return { Entries: [] };
});

export const prefixListQueries: QueryRules = {
  DescribePrefixLists: describePrefixLists,
  DescribeManagedPrefixLists: describeManagedPrefixLists,
  GetManagedPrefixListEntries: getManagedPrefixListEntries,
};
