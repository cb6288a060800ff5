import { type Evolvers, required } from '#lib/kernel';
import type { ZoneEvents } from './events.js';
import type { HostedZone, ZoneChange } from './model.js';
import { recordSetKey, type ZoneTables } from './tables.js';

/** Changes that an account can still ask for; the oldest go first. */
const MOST_CHANGES = 1_000;

function note({ zoneChanges }: ZoneTables, accountId: HostedZone['accountId'], change: Omit<ZoneChange, 'accountId'>): void {
  if (zoneChanges.countBy('account', accountId) >= MOST_CHANGES) {
    let oldest: ZoneChange | undefined;
    for (const one of zoneChanges.by('account', accountId)) if (!oldest || isBefore(one, oldest)) oldest = one;
    zoneChanges.delete(oldest!.id);
  }
  zoneChanges.put(change.id, { ...change, accountId });
}

const isBefore = (a: ZoneChange, b: ZoneChange) =>
  a.submittedAt === b.submittedAt ? a.id < b.id : a.submittedAt < b.submittedAt;

/** As Route 53 makes them, with its times. */
function firstRecords(
  { recordSets }: ZoneTables,
  { id: zoneId, name, nameServers }: Pick<HostedZone, 'id' | 'name' | 'nameServers'>,
) {
  const ns = { zoneId, name, type: 'NS' as const, ttlSeconds: 172_800, values: nameServers.map((server) => `${server}.`) };
  const says = `${nameServers[0]}. hostmaster.${name}. 1 7200 900 1209600 86400`;
  const soa = { zoneId, name, type: 'SOA' as const, ttlSeconds: 900, values: [says] };
  for (const set of [ns, soa]) recordSets.put(recordSetKey(zoneId, set), set);
}

export const zoneEvolvers: Evolvers<ZoneTables, ZoneEvents> = {
  HostedZoneCreated: (state, { change, ...zone }, { at }) => {
    state.hostedZones.put(zone.id, { ...zone, createdAt: at });
    firstRecords(state, zone);
    note(state, zone.accountId, change);
  },
  HostedZoneCommentSet: ({ hostedZones }, { id, comment }) => {
    const { comment: _before, ...kept } = required(hostedZones, id, 'hosted zone');
    hostedZones.put(id, { ...kept, ...(comment === undefined ? {} : { comment }) });
  },
  HostedZoneTagsSet: ({ hostedZones }, { id, tags }) =>
    hostedZones.put(id, { ...required(hostedZones, id, 'hosted zone'), tags }),
  HostedZoneVpcsSet: (state, { change, id, vpcs }) => {
    const zone = required(state.hostedZones, id, 'hosted zone');
    state.hostedZones.put(id, { ...zone, vpcs });
    note(state, zone.accountId, change);
  },
  HostedZoneDeleted: (state, { change, id }) => {
    const { accountId } = required(state.hostedZones, id, 'hosted zone');
    const sets = [...state.recordSets.by('zone', id)];
    for (const set of sets) state.recordSets.delete(recordSetKey(id, set));
    state.hostedZones.delete(id);
    note(state, accountId, change);
  },
  RecordSetsChanged: (state, { change, zoneId, put, removed }) => {
    for (const set of removed) state.recordSets.delete(recordSetKey(zoneId, set));
    for (const set of put) state.recordSets.put(recordSetKey(zoneId, set), { ...set, zoneId });
    note(state, required(state.hostedZones, zoneId, 'hosted zone').accountId, change);
  },
};
