import { isDeepStrictEqual } from 'node:util';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { LoadBalancingState } from '../state.js';
import type { HostedZone, RecordSet } from './model.js';
import { reversedName, toldName, zoneName } from './names.js';
import { type RecordSetInput, recordSetOf } from './record-set-input.js';
import { refusals } from './refusals.js';
import { recordNameKey, recordSetKey } from './tables.js';
import { changeBy, changed, pageFrom, zoneOf } from './zones.js';

/** Route 53's own quota. */
const MOST_RECORD_SETS = 10_000;
const LONGEST_LIST = 300;

interface ChangesInput {
  readonly HostedZoneId: string;
  readonly ChangeBatch: {
    readonly Comment?: string;
    readonly Changes: readonly { readonly Action: 'CREATE' | 'DELETE' | 'UPSERT'; readonly ResourceRecordSet: RecordSetInput }[];
  };
}

const change: CommandRule<ChangesInput> = {
  actors: ITSELF,
  decide(state, { HostedZoneId, ChangeBatch }, context) {
    const zone = zoneOf(state, context, HostedZoneId);
    const draft = new ZoneDraft(state, zone);
    const wrong = ChangeBatch.Changes.flatMap(({ Action, ResourceRecordSet }) => draft.apply(Action, ResourceRecordSet) ?? []);
    if (wrong.length === 0) wrong.push(...draft.conflicts());
    if (wrong.length > 0) throw refusals.invalidChanges(wrong);
    const { put, removed } = draft.changes();
    if (state.recordSets.countBy('zone', zone.id) + put.length - removed.length > MOST_RECORD_SETS)
      throw refusals.invalidInput(`A hosted zone can have at most ${MOST_RECORD_SETS} resource record sets.`);
    return [event('RecordSetsChanged', { change: changeBy(context, ChangeBatch.Comment), zoneId: zone.id, put, removed })];
  },
  reply: (_state, _input, events) => changed(events),
};

/** The zone as it is after some of the changes of a batch: they become true together, or none does. */
class ZoneDraft {
  /** recordSetKey → what is there then, and what was before. */
  private readonly touched = new Map<
    string,
    { readonly was: RecordSet | undefined; is: RecordSet | undefined; like: RecordSet }
  >();

  constructor(
    private readonly state: LoadBalancingState,
    private readonly zone: HostedZone,
  ) {}

  /** A sentence, when it cannot be. */
  apply(action: 'CREATE' | 'DELETE' | 'UPSERT', given: RecordSetInput): string | undefined {
    const set = recordSetOf(action === 'DELETE' ? ANYWHERE : this.state, this.zone, given);
    if (typeof set === 'string') return set;
    const key = recordSetKey(this.zone.id, set);
    const entry = this.touched.get(key) ?? { was: this.state.recordSets.get(key), is: this.state.recordSets.get(key), like: set };
    const told = `[name='${toldName(set.name)}', type='${set.type}'${set.setIdentifier === undefined ? '' : `, set-identifier='${set.setIdentifier}'`}]`;
    if (action === 'CREATE' && entry.is) return `Tried to create resource record set ${told} but it already exists`;
    if (action === 'DELETE') {
      if (!entry.is) return `Tried to delete resource record set ${told} but it was not found`;
      if (!sameContent(entry.is, set))
        return `Tried to delete resource record set ${told} but the values provided do not match the current values`;
      if (set.name === this.zone.name && (set.type === 'NS' || set.type === 'SOA'))
        return `A HostedZone must contain exactly one ${set.type} record for the zone itself.`;
    }
    entry.is = action === 'DELETE' ? undefined : set;
    this.touched.set(key, entry);
    return undefined;
  }

  /** What cannot stand beside each other under one name. */
  conflicts(): readonly string[] {
    const names = new Set([...this.touched.values()].filter(({ is }) => is).map(({ like }) => like.name));
    return [...names].flatMap((name) => {
      const sets = this.under(name);
      const told = toldName(name);
      const cname = sets.find(({ type }) => type === 'CNAME');
      if (cname && sets.some(({ type }) => type !== 'CNAME'))
        return `RRSet of type CNAME with DNS name ${told} is not permitted as it conflicts with other records with the same DNS name in zone ${toldName(this.zone.name)}`;
      return sets.flatMap((set) =>
        sets.some((other) => other.type === set.type && routingOf(other) !== routingOf(set)) && set.setIdentifier !== undefined
          ? `RRSet with DNS name ${told}, type ${set.type}, SetIdentifier ${set.setIdentifier} cannot be created as records of another routing policy exist with the same name and type.`
          : [],
      );
    });
  }

  changes() {
    const entries = [...this.touched.values()];
    return {
      put: entries.flatMap(({ is }) => (is ? withoutZone(is) : [])),
      removed: entries.flatMap(({ is, was }) => (is || !was ? [] : nameOf(was))),
    };
  }

  private under(name: string): readonly RecordSet[] {
    const sets = new Map<string, RecordSet>();
    for (const set of this.state.recordSets.by('name', recordNameKey(this.zone.id, name)))
      sets.set(recordSetKey(this.zone.id, set), set);
    for (const [key, { is, like }] of this.touched) {
      if (like.name !== name) continue;
      if (is) sets.set(key, is);
      else sets.delete(key);
    }
    return [...sets.values()];
  }
}

const routingOf = ({ weight, isMultiValue }: RecordSet) =>
  isMultiValue ? 'multivalue' : weight === undefined ? 'simple' : 'weighted';

/** A record goes even when the load balancer that it led to has gone before. */
const ANYWHERE = { loadBalancers: { countBy: () => 1 } } as unknown as Pick<LoadBalancingState, 'loadBalancers'>;

/** In whatever order the values are. */
const sameContent = (a: RecordSet, b: RecordSet): boolean =>
  isDeepStrictEqual({ ...a, values: [...a.values].sort() }, { ...b, values: [...b.values].sort() });

const withoutZone = ({ zoneId: _zone, ...set }: RecordSet) => set;
const nameOf = ({ name, type, setIdentifier }: RecordSet) => ({
  name,
  type,
  ...(setIdentifier === undefined ? {} : { setIdentifier }),
});

interface ListInput {
  readonly HostedZoneId: string;
  readonly StartRecordName?: string;
  readonly StartRecordType?: string;
  readonly StartRecordIdentifier?: string;
  readonly MaxItems?: number;
}

const list: QueryRule<ListInput> = (state, input, caller) => {
  const { id } = zoneOf(state, caller, input.HostedZoneId);
  const { items, next } = pageFrom(state.recordSets.ordered('zone', id, startOf(id, input)), input.MaxItems, LONGEST_LIST);
  return {
    ResourceRecordSets: items.map(recordSetView),
    IsTruncated: next !== undefined,
    ...(next ? { NextRecordName: toldName(next.name), NextRecordType: next.type } : {}),
    ...(next?.setIdentifier === undefined ? {} : { NextRecordIdentifier: next.setIdentifier }),
    MaxItems: input.MaxItems ?? LONGEST_LIST,
  };
};

/** What is just before the first that is listed, in the order of the keys. */
function startOf(zoneId: string, { StartRecordName, StartRecordType, StartRecordIdentifier }: ListInput): string | undefined {
  if (!StartRecordName) {
    if (StartRecordType) throw refusals.invalidInput('StartRecordType needs a StartRecordName.');
    return undefined;
  }
  const name = zoneName(StartRecordName);
  if (name === undefined) throw refusals.invalidDomainName(StartRecordName);
  const place = `${zoneId} ${reversedName(name)}`;
  if (!StartRecordType) return place;
  const ofType = `${place} ${StartRecordType}`;
  return StartRecordIdentifier ? `${ofType} ${StartRecordIdentifier.slice(0, -1)}` : ofType;
}

const recordSetView = ({ name, type, ttlSeconds, values, alias, setIdentifier, weight, isMultiValue }: RecordSet) => ({
  Name: toldName(name),
  Type: type,
  ...(setIdentifier === undefined ? {} : { SetIdentifier: setIdentifier }),
  ...(weight === undefined ? {} : { Weight: weight }),
  ...(isMultiValue ? { MultiValueAnswer: true } : {}),
  ...(ttlSeconds === undefined ? {} : { TTL: ttlSeconds }),
  ...(alias ? { AliasTarget: alias } : { ResourceRecords: values.map((Value) => ({ Value })) }),
});

export const recordSetCommands: CommandRules = { ChangeResourceRecordSets: change };
export const recordSetQueries: QueryRules = { ListResourceRecordSets: list };
