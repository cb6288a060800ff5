import type { Scope } from '#lib/kernel';
import { event } from '../events.js';
import type { Tag } from '../model.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { MAX_TAGS, withoutTags, withTags } from '../tag-input.js';
import { changeIn, type ZoneEvents } from './events.js';
import type { HostedZone, Vpc, ZoneChange } from './model.js';
import { reversedName, toldName, zoneName } from './names.js';
import { namespaceOfOther } from './owners.js';
import { refusals } from './refusals.js';
import { recordNameKey, referenceKey, type ZoneTables } from './tables.js';

/** Route 53's own quota. */
const MOST_ZONES = 500;
const MOST_VPCS = 300;
const LONGEST_LIST = 100;
const NAME_SERVERS = [1, 2, 3, 4];

/** Clients give ids as they were told them. */
export const plainId = (id: string): string => id.replace(/^\/?(hostedzone|change)\//, '');

export function zoneOf({ hostedZones }: Pick<ZoneTables, 'hostedZones'>, { accountId }: Scope, id: string): HostedZone {
  const found = hostedZones.get(plainId(id));
  if (found?.accountId !== accountId) throw refusals.noSuchZone(plainId(id));
  return found;
}

export const changeBy = (context: { readonly at: string; id(salt: string): string }, comment?: string) => ({
  id: `C${context.id('change').slice(0, 20).toUpperCase()}`,
  submittedAt: context.at,
  ...(comment ? { comment } : {}),
});

export const changeInfo = ({ id, submittedAt, comment }: Omit<ZoneChange, 'accountId'>) => ({
  Id: `/change/${id}`,
  Status: 'INSYNC',
  SubmittedAt: submittedAt,
  ...(comment === undefined ? {} : { Comment: comment }),
});

export const changed = (events: readonly { readonly data: unknown }[]) => ({
  ChangeInfo: changeInfo(changeIn(events[0]!.data as ZoneEvents['HostedZoneDeleted'])),
});

function zoneView(state: Pick<ZoneTables, 'recordSets'>, zone: Omit<HostedZone, 'createdAt'>) {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: toldName(zone.name),
    CallerReference: zone.callerReference,
    Config: { ...(zone.comment === undefined ? {} : { Comment: zone.comment }), PrivateZone: zone.isPrivate === true },
    ResourceRecordSetCount: state.recordSets.countBy('zone', zone.id),
  };
}

const delegation = ({ isPrivate, nameServers }: Pick<HostedZone, 'isPrivate' | 'nameServers'>) =>
  isPrivate ? {} : { DelegationSet: { NameServers: nameServers } };

interface CreateInput {
  readonly Name: string;
  readonly CallerReference: string;
  readonly VPC?: Partial<Vpc>;
  readonly HostedZoneConfig?: { readonly Comment?: string; readonly PrivateZone?: boolean };
  readonly DelegationSetId?: string;
  /** In which the names of the installation end: a fact that arrives with the command. */
  readonly dnsSuffix: string;
}

const create: CommandRule<CreateInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { CallerReference, HostedZoneConfig = {}, VPC } = input;
    const name = zoneName(input.Name);
    if (name === undefined) throw refusals.invalidDomainName(input.Name);
    if (input.DelegationSetId) throw refusals.noSuchDelegationSet(input.DelegationSetId);
    if (state.hostedZones.countBy('reference', referenceKey(context.accountId, CallerReference)) > 0)
      throw refusals.zoneExists(CallerReference);
    if (HostedZoneConfig.PrivateZone && !VPC)
      throw refusals.invalidInput(
        'When you are creating a private hosted zone (PrivateZone is true), you must also specify values for VPCId and VPCRegion.',
      );
    if (state.hostedZones.countBy('account', context.accountId) >= MOST_ZONES) throw refusals.tooManyZones(MOST_ZONES);
    const { accountId, region } = context;
    const namespace = namespaceOfOther(state, accountId, name);
    if (namespace !== undefined) throw refusals.conflictingName(name, namespace);
    return [
      event('HostedZoneCreated', {
        change: changeBy(context),
        id: `Z${context.id('hosted zone').slice(0, 20).toUpperCase()}`,
        accountId,
        region,
        name,
        callerReference: CallerReference,
        ...(HostedZoneConfig.Comment ? { comment: HostedZoneConfig.Comment } : {}),
        ...(VPC ? { isPrivate: true } : {}),
        vpcs: VPC ? [vpcOf(VPC)] : [],
        nameServers: NAME_SERVERS.map((number) => `ns-${number}.${input.dnsSuffix}`),
        tags: [],
      }),
    ];
  },
  reply(state, _input, events) {
    const zone = events[0]!.data as ZoneEvents['HostedZoneCreated'];
    return {
      HostedZone: zoneView(state, zone),
      ...changed(events),
      ...delegation(zone),
      ...(zone.isPrivate ? { VPC: zone.vpcs[0] } : {}),
      Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
    };
  },
};

/** A VPC is a name that is kept: the names of private zones are one tree. */
function vpcOf({ VPCId, VPCRegion }: Partial<Vpc>): Vpc {
  if (!VPCId || !VPCRegion) throw refusals.invalidInput('VPC has to have a VPCId and a VPCRegion.');
  return { VPCId, VPCRegion };
}

interface OfZone {
  readonly Id: string;
}

const remove: CommandRule<OfZone> = {
  actors: ITSELF,
  decide(state, { Id }, context) {
    const { id, name } = zoneOf(state, context, Id);
    const own = [...state.recordSets.by('name', recordNameKey(id, name))].filter(({ type }) => type === 'NS' || type === 'SOA');
    if (state.recordSets.countBy('zone', id) > own.length) throw refusals.notEmpty();
    return [event('HostedZoneDeleted', { change: changeBy(context), id })];
  },
  reply: (_state, _input, events) => changed(events),
};

const setComment: CommandRule<OfZone & { readonly Comment?: string }> = {
  actors: ITSELF,
  decide(state, { Id, Comment }, context) {
    const { id } = zoneOf(state, context, Id);
    return [event('HostedZoneCommentSet', { id, ...(Comment ? { comment: Comment } : {}) })];
  },
  reply: (state, { Id }, _events, context) => ({ HostedZone: zoneView(state, zoneOf(state, context, Id)) }),
};

interface VpcInput {
  readonly HostedZoneId: string;
  readonly VPC: Partial<Vpc>;
  readonly Comment?: string;
}

const sameVpc = (a: Vpc, b: Vpc) => a.VPCId === b.VPCId && a.VPCRegion === b.VPCRegion;

const associate: CommandRule<VpcInput> = {
  actors: ITSELF,
  decide(state, { HostedZoneId, VPC, Comment }, context) {
    const { id, isPrivate, vpcs } = zoneOf(state, context, HostedZoneId);
    if (!isPrivate) throw refusals.publicZone(id);
    const vpc = vpcOf(VPC);
    const others = vpcs.filter((one) => !sameVpc(one, vpc));
    if (others.length >= MOST_VPCS) throw refusals.invalidInput(`A zone can be associated with at most ${MOST_VPCS} VPCs.`);
    return [event('HostedZoneVpcsSet', { change: changeBy(context, Comment), id, vpcs: [...others, vpc] })];
  },
  reply: (_state, _input, events) => changed(events),
};

const disassociate: CommandRule<VpcInput> = {
  actors: ITSELF,
  decide(state, { HostedZoneId, VPC, Comment }, context) {
    const { id, vpcs } = zoneOf(state, context, HostedZoneId);
    const vpc = vpcOf(VPC);
    const others = vpcs.filter((one) => !sameVpc(one, vpc));
    if (others.length === vpcs.length) throw refusals.vpcNotFound(vpc.VPCId, id);
    if (others.length === 0) throw refusals.lastVpc(id);
    return [event('HostedZoneVpcsSet', { change: changeBy(context, Comment), id, vpcs: others })];
  },
  reply: (_state, _input, events) => changed(events),
};

interface TagsInput {
  readonly ResourceType: string;
  readonly ResourceId: string;
  readonly AddTags?: readonly Partial<Tag>[];
  readonly RemoveTagKeys?: readonly string[];
}

const changeTags: CommandRule<TagsInput> = {
  actors: ITSELF,
  decide(state, { ResourceType, ResourceId, AddTags = [], RemoveTagKeys = [] }, context) {
    const { id, tags: known } = taggedZone(state, context, ResourceType, ResourceId);
    const added = AddTags.map(({ Key = '', Value = '' }) => ({ Key, Value }));
    if (added.some(({ Key }) => Key === '' || /^aws:/i.test(Key)))
      throw refusals.invalidInput('Tag keys have at least one character and do not begin with aws:.');
    const tags = withTags(withoutTags(known, RemoveTagKeys), added);
    if (tags.length > MAX_TAGS) throw refusals.invalidInput(`A hosted zone can have at most ${MAX_TAGS} tags.`);
    return [event('HostedZoneTagsSet', { id, tags })];
  },
  reply: () => ({}),
};

function taggedZone(state: ZoneTables, scope: Scope, type: string, id: string): HostedZone {
  if (type === 'healthcheck') throw refusals.noSuchHealthCheck(id);
  return zoneOf(state, scope, id);
}

const tagSet = ({ id, tags }: HostedZone) => ({ ResourceType: 'hostedzone', ResourceId: id, Tags: tags });

const listTags: QueryRule<{ ResourceType: string; ResourceId: string }> = (state, { ResourceType, ResourceId }, caller) => ({
  ResourceTagSet: tagSet(taggedZone(state, caller, ResourceType, ResourceId)),
});

const listTagsOfSeveral: QueryRule<{ ResourceType: string; ResourceIds: readonly string[] }> = (
  state,
  { ResourceType, ResourceIds },
  caller,
) => ({ ResourceTagSets: ResourceIds.map((id) => tagSet(taggedZone(state, caller, ResourceType, id))) });

const get: QueryRule<OfZone> = (state, { Id }, caller) => {
  const zone = zoneOf(state, caller, Id);
  return { HostedZone: zoneView(state, zone), ...delegation(zone), ...(zone.isPrivate ? { VPCs: zone.vpcs } : {}) };
};

/** Nothing is signed here. */
const getDnssec: QueryRule<{ HostedZoneId: string }> = (state, { HostedZoneId }, caller) => {
  zoneOf(state, caller, HostedZoneId);
  return { Status: { ServeSignature: 'NOT_SIGNING' }, KeySigningKeys: [] };
};

const getChange: QueryRule<OfZone> = (state, { Id }, { accountId }) => {
  const found = state.zoneChanges.get(plainId(Id));
  if (found?.accountId !== accountId) throw refusals.noSuchChange(plainId(Id));
  return { ChangeInfo: changeInfo(found) };
};

const count: QueryRule<object> = (state, _input, { accountId }) => ({
  HostedZoneCount: state.hostedZones.countBy('account', accountId),
});

interface ListInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
  readonly HostedZoneType?: string;
  readonly DelegationSetId?: string;
}

/** A page of what begins where the caller says, and the one behind it. */
export function pageFrom<T>(
  all: Iterable<T>,
  given: number | undefined,
  most: number,
): { readonly items: readonly T[]; readonly next?: T } {
  const size = given ?? most;
  if (!(size >= 1)) throw refusals.invalidInput('MaxItems has to be at least 1.');
  const items: T[] = [];
  for (const one of all) {
    if (items.length === Math.min(size, most)) return { items, next: one };
    items.push(one);
  }
  return { items };
}

const list: QueryRule<ListInput> = (state, { Marker, MaxItems, HostedZoneType, DelegationSetId }, { accountId }) => {
  if (DelegationSetId) throw refusals.noSuchDelegationSet(DelegationSetId);
  function* wanted() {
    for (const zone of state.hostedZones.ordered('account', accountId)) {
      if (Marker && zone.id < plainId(Marker)) continue;
      if (HostedZoneType !== 'PrivateHostedZone' || zone.isPrivate) yield zone;
    }
  }
  const { items, next } = pageFrom(wanted(), MaxItems, LONGEST_LIST);
  return {
    HostedZones: items.map((zone) => zoneView(state, zone)),
    ...(Marker ? { Marker } : {}),
    IsTruncated: next !== undefined,
    ...(next ? { NextMarker: next.id } : {}),
    MaxItems: MaxItems ?? LONGEST_LIST,
  };
};

interface ListByNameInput {
  readonly DNSName?: string;
  readonly HostedZoneId?: string;
  readonly MaxItems?: number;
}

const listByName: QueryRule<ListByNameInput> = (state, { DNSName, HostedZoneId, MaxItems }, { accountId }) => {
  const from = DNSName ? zoneName(DNSName) : undefined;
  if (DNSName && from === undefined) throw refusals.invalidDomainName(DNSName);
  const placeOf = (name: string, id: string) => `${reversedName(name)} ${id}`;
  const first = from === undefined ? '' : placeOf(from, HostedZoneId ? plainId(HostedZoneId) : '');
  const sorted = [...state.hostedZones.by('account', accountId)]
    .map((zone) => ({ zone, place: placeOf(zone.name, zone.id) }))
    .filter(({ place }) => place >= first)
    .sort((a, b) => (a.place < b.place ? -1 : 1));
  const { items, next } = pageFrom(sorted, MaxItems, LONGEST_LIST);
  return {
    HostedZones: items.map(({ zone }) => zoneView(state, zone)),
    ...(DNSName ? { DNSName } : {}),
    ...(HostedZoneId ? { HostedZoneId } : {}),
    IsTruncated: next !== undefined,
    ...(next ? { NextDNSName: toldName(next.zone.name), NextHostedZoneId: next.zone.id } : {}),
    MaxItems: MaxItems ?? LONGEST_LIST,
  };
};

export const hostedZoneCommands: CommandRules = {
  CreateHostedZone: create,
  DeleteHostedZone: remove,
  UpdateHostedZoneComment: setComment,
  AssociateVPCWithHostedZone: associate,
  DisassociateVPCFromHostedZone: disassociate,
  ChangeTagsForResource: changeTags,
};

export const hostedZoneQueries: QueryRules = {
  GetHostedZone: get,
  GetHostedZoneCount: count,
  GetDNSSEC: getDnssec,
  GetChange: getChange,
  ListHostedZones: list,
  ListHostedZonesByName: listByName,
  // ListTagsForResource: Cloud Map has an operation of that name, too.
  ListTagsOfHostedZone: listTags,
  ListTagsForResources: listTagsOfSeveral,
};
