import { isIpv6, parseIpv4 } from '#lib/kernel';
import type { DiscoveryService, InstanceHealth } from './model.js';
import { refusals } from './refusals.js';

type Attributes = Readonly<Record<string, string>>;

/** Of one instance [sdk RegisterInstance.Attributes; Cloud Map quotas]. */
const MOST_ATTRIBUTES = 30;
const LONGEST_NAME = 255;
const INITIAL_HEALTH = 'AWS_INIT_HEALTH_STATUS';

/** What Cloud Map takes and nobody here could do anything with. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  AWS_ALIAS_DNS_NAME: 'Longshore has no Route 53 alias records. A load balancer is found under its own DNSName.',
  AWS_EC2_INSTANCE_ID: 'Longshore cannot look EC2 instances up. Give AWS_INSTANCE_IPV4.',
};

/** Refuses what the service's records could not be made of. */
export function checkAttributes({ dnsConfig, hasCustomHealth }: DiscoveryService, attributes: Attributes): void {
  const names = Object.keys(attributes);
  if (names.length > MOST_ATTRIBUTES) throw refusals.invalidInput(`An instance can have at most ${MOST_ATTRIBUTES} attributes.`);
  const long = names.find((name) => name.length > LONGEST_NAME || name === '');
  if (long !== undefined) throw refusals.invalidInput(`The name of an attribute has 1 to ${LONGEST_NAME} characters.`);
  for (const name of names) if (UNSUPPORTED[name]) throw refusals.invalidInput(`The attribute ${name}: ${UNSUPPORTED[name]}`);
  const { AWS_INSTANCE_IPV4: ipv4, AWS_INSTANCE_IPV6: ipv6, AWS_INSTANCE_PORT: port, AWS_INSTANCE_CNAME: cname } = attributes;
  if (ipv4 !== undefined && parseIpv4(ipv4) === undefined) throw invalid('AWS_INSTANCE_IPV4', ipv4);
  if (ipv6 !== undefined && !isIpv6(ipv6)) throw invalid('AWS_INSTANCE_IPV6', ipv6);
  if (port !== undefined && !isPort(port)) throw invalid('AWS_INSTANCE_PORT', port);
  const initial = attributes[INITIAL_HEALTH];
  if (initial !== undefined) {
    if (initial !== 'HEALTHY' && initial !== 'UNHEALTHY') throw invalid(INITIAL_HEALTH, initial);
    if (!hasCustomHealth) throw refusals.invalidInput(`${INITIAL_HEALTH} is for services with a HealthCheckCustomConfig only.`);
  }
  for (const { Type } of dnsConfig?.DnsRecords ?? []) {
    if (Type === 'A' && ipv4 === undefined) throw missing('A', 'AWS_INSTANCE_IPV4');
    if (Type === 'AAAA' && ipv6 === undefined) throw missing('AAAA', 'AWS_INSTANCE_IPV6');
    if (Type === 'SRV' && port === undefined) throw missing('SRV', 'AWS_INSTANCE_PORT');
    if (Type === 'SRV' && ipv4 === undefined && ipv6 === undefined)
      throw missing('SRV', 'AWS_INSTANCE_IPV4 or AWS_INSTANCE_IPV6');
    if (Type === 'CNAME' && cname === undefined) throw missing('CNAME', 'AWS_INSTANCE_CNAME');
  }
}

const invalid = (name: string, value: string) => refusals.invalidInput(`Invalid value '${value}' for the attribute ${name}.`);
const missing = (type: string, names: string) =>
  refusals.invalidInput(`The service has ${type} records: give each of its instances ${names}.`);

const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;

/** "If you don't specify a value for AWS_INIT_HEALTH_STATUS, the initial status is HEALTHY" [sdk RegisterInstance.Attributes]. */
export const initialHealth = ({ hasCustomHealth }: DiscoveryService, attributes: Attributes): InstanceHealth | undefined =>
  hasCustomHealth ? ((attributes[INITIAL_HEALTH] as InstanceHealth | undefined) ?? 'HEALTHY') : undefined;
