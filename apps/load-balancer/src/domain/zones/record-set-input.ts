import type { LoadBalancingState } from '../state.js';
import { type AliasTarget, type HostedZone, RECORD_TYPES, type RecordSet, type ZoneRecordType } from './model.js';
import { isWithin, toldName, zoneName } from './names.js';
import { RECORD_DATA } from './record-data.js';

/** A record set as ChangeResourceRecordSets has it. */
export interface RecordSetInput {
  readonly Name: string;
  readonly Type: string;
  readonly TTL?: number;
  readonly ResourceRecords?: readonly { readonly Value: string }[];
  readonly AliasTarget?: AliasTarget;
  readonly SetIdentifier?: string;
  readonly Weight?: number;
  readonly MultiValueAnswer?: boolean;
  readonly Region?: string;
  readonly Failover?: string;
  readonly GeoLocation?: object;
  readonly GeoProximityLocation?: object;
  readonly CidrRoutingConfig?: object;
  readonly HealthCheckId?: string;
  readonly TrafficPolicyInstanceId?: string;
}

/** What there is nothing behind: an installation is in one place, and Route 53's checkers are not here. */
const NOT_HERE = [
  'Region',
  'Failover',
  'GeoLocation',
  'GeoProximityLocation',
  'CidrRoutingConfig',
  'HealthCheckId',
  'TrafficPolicyInstanceId',
] as const;

/** What is asked for, or a sentence that says what is wrong with it, as Route 53 has it where it is known. */
export function recordSetOf(
  state: Pick<LoadBalancingState, 'loadBalancers'>,
  zone: HostedZone,
  given: RecordSetInput,
): RecordSet | string {
  const name = zoneName(given.Name);
  if (name === undefined) return `Invalid domain name: ${given.Name}`;
  const told = toldName(name);
  if (!isWithin(name, zone.name)) return `RRSet with DNS name ${told} is not permitted in zone ${toldName(zone.name)}`;
  const type = RECORD_TYPES.find((one) => one === given.Type);
  if (!type) return `Longshore answers no records of the type ${given.Type} (${told}): ${RECORD_TYPES.join(', ')}`;
  const wrong = NOT_HERE.find((member) => given[member] !== undefined);
  if (wrong) return `Longshore has no ${wrong} for ${told}: simple, weighted and multivalue records are answered`;
  if (type === 'CNAME' && name === zone.name)
    return `RRSet of type CNAME with DNS name ${told} is not permitted at apex in zone ${toldName(zone.name)}`;
  const routed = routingOf(given, told, type);
  if (typeof routed === 'string') return routed;
  const values = given.AliasTarget ? aliasOf(state, zone, given, told, type) : valuesOf(given, told, type);
  return typeof values === 'string' ? values : { zoneId: zone.id, name, type, ...routed, ...values };
}

function routingOf({ SetIdentifier, Weight, MultiValueAnswer }: RecordSetInput, told: string, type: ZoneRecordType) {
  if (SetIdentifier === undefined) {
    return Weight === undefined && !MultiValueAnswer
      ? {}
      : `Missing field 'SetIdentifier' in ResourceRecordSet with DNS name ${told}, type ${type}`;
  }
  if ((Weight === undefined) === !MultiValueAnswer)
    return `ResourceRecordSet with DNS name ${told}, type ${type} and SetIdentifier ${SetIdentifier} needs either a Weight or MultiValueAnswer`;
  return {
    setIdentifier: SetIdentifier,
    ...(Weight === undefined ? { isMultiValue: true as const } : { weight: Weight }),
  };
}

function valuesOf({ TTL, ResourceRecords = [] }: RecordSetInput, told: string, type: ZoneRecordType) {
  if (TTL === undefined || ResourceRecords.length === 0)
    return `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action, Name=${told}, Type=${type}, SetIdentifier=null]`;
  const values = ResourceRecords.map(({ Value }) => Value);
  if (new Set(values).size < values.length)
    return `Duplicate Resource Record: '${values.find((one, at) => values.indexOf(one) < at)!}'`;
  if (type === 'CNAME' && values.length > 1) return `RRSet of type CNAME with DNS name ${told} can have one value only`;
  const wrong = values.find((value) => RECORD_DATA[type](value) === undefined);
  if (wrong !== undefined) return `Invalid Resource Record: 'The value '${wrong}' is not one of the type ${type}'`;
  return { ttlSeconds: TTL, values };
}

function aliasOf(
  { loadBalancers }: Pick<LoadBalancingState, 'loadBalancers'>,
  zone: HostedZone,
  { AliasTarget, TTL, ResourceRecords }: RecordSetInput,
  told: string,
  type: ZoneRecordType,
) {
  const { HostedZoneId, DNSName, EvaluateTargetHealth } = AliasTarget!;
  if (TTL !== undefined || ResourceRecords?.length)
    return `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found more than one in Change with [Action, Name=${told}, Type=${type}, SetIdentifier=null]`;
  const target = aliasName(DNSName);
  const isHere =
    target !== undefined &&
    (isWithin(target, zone.name) ? HostedZoneId === zone.id : loadBalancers.countBy('dnsName', target) > 0);
  if (!isHere)
    return `Tried to create an alias that targets ${DNSName}, type ${type} in zone ${HostedZoneId}, but that target was not found: an alias leads to a load balancer of this installation, or to a name of its own zone`;
  return { values: [], alias: { HostedZoneId, DNSName: toldName(target), EvaluateTargetHealth } };
}

/** A load balancer's, with and without IPv6's prefix. */
export const aliasName = (dnsName: string): string | undefined => zoneName(dnsName.replace(/^dualstack\./i, ''));
