import type { Deployment } from '#lib/ecs/model';
import { hashId } from '#lib/kernel';
import type { LoadBalancer } from '../model.js';
import type { LoadBalancingState } from '../state.js';
import type { HostedZone } from '../zones/model.js';
import type { DnsQuestion, DnsSide, ResourceRecord } from './dns-records.js';
import { addressesOfConnected, connectedPorts } from './connected-tasks.js';
import { MAX_TTL_SECONDS } from './dns-config.js';
import { instancesOf } from './instances.js';
import { serviceNamed } from './lookup.js';
import type { DiscoveryService, DnsRecord, Namespace } from './model.js';
import { negativeTtlOf } from './namespaces.js';
import type { DiscoveryView } from './rule-types.js';
import { upwards } from '../zones/names.js';
import { findInZone, type ZoneState, zoneOver } from '../zones/zone-answers.js';
import { aliasMeaning } from './service-connect-clients.js';
import { sameCase } from './tables.js';
import type { FoundInstance } from './task-instances.js';

export type { DnsQuestion, DnsSide, ResourceRecord } from './dns-records.js';

/**
 * `soa`: for how long it may be remembered that there is nothing. `elsewhere`: the answers end with an alias of this name, which is not ours.
 * Undefined: the name is not ours.
 */
export type DnsAnswer =
  | {
      readonly is: 'found';
      readonly answers: readonly ResourceRecord[];
      readonly additionals: readonly ResourceRecord[];
      readonly elsewhere?: string;
    }
  | { readonly is: 'no data' | 'no such name'; readonly soa: ResourceRecord }
  | undefined;

export interface DnsWorld {
  readonly state: Pick<LoadBalancingState, 'loadBalancers' | 'listeners' | 'rules'> &
    ZoneState &
    Omit<DiscoveryView, 'tasksChangedRevision'>;
  /** In which the names of load balancers end. */
  readonly suffix: string;
  readonly serial: number;
  /** The address that the question comes from. */
  readonly asker?: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Route 53 answers a multivalue name with eight values at most. */
const MOST_ANSWERS = 8;

/** Aliases of aliases: further ones are a circle, or a mistake. */
const MOST_ALIASES = 8;

/** What there is under a name: a record of a hosted zone, a load balancer, a service of a private DNS namespace, or an instance that an SRV record has named. */
export const dnsAnswer = (world: DnsWorld, question: DnsQuestion, side: DnsSide): DnsAnswer =>
  answerTo(world, question, side, MOST_ALIASES);

function answerTo(world: DnsWorld, question: DnsQuestion, side: DnsSide, aliasesLeft: number): DnsAnswer {
  const name = sameCase(question.name);
  for (const loadBalancer of world.state.loadBalancers.by('dnsName', name))
    return ofLoadBalancer(world, loadBalancer, question, side);
  const alias = ofAlias(world, name, question, side);
  if (alias) return alias;
  const namespace = namespaceOver(world, name);
  const zone = zoneOver(world.state, name, side);
  if (zone && (!namespace || zone.name.length >= sameCase(namespace.name).length)) {
    const answer = ofZone(world, zone, name, question, side, aliasesLeft);
    // A namespace of the same name has its services beside the zone's records.
    if (answer?.is === 'found' || zone.name !== (namespace && sameCase(namespace.name))) return answer;
  }
  if (namespace) return ofNamespace(world, namespace, name, question);
  if (name !== world.suffix && !name.endsWith(`.${world.suffix}`)) return undefined;
  return { is: name === world.suffix ? 'no data' : 'no such name', soa: soaOf(world, world.suffix, MAX_TTL_SECONDS) };
}

/** What Route 53 has: its records, and where they lead. */
function ofZone(
  world: DnsWorld,
  zone: HostedZone,
  name: string,
  question: DnsQuestion,
  side: DnsSide,
  aliasesLeft: number,
): DnsAnswer {
  const finding = findInZone(world.state, zone, name, question, world.random);
  const nothing = { is: 'no data', soa: soaOf(world, zone.name, MAX_TTL_SECONDS) } as const;
  const follow = (to: string) =>
    aliasesLeft === 0 ? nothing : answerTo(world, { name: to, type: question.type }, side, aliasesLeft - 1);
  if (finding.is === 'alias') {
    const answer = follow(finding.to);
    // As if it were the name's own: nobody sees an alias of Route 53.
    if (answer?.is !== 'found') return nothing;
    return {
      ...answer,
      answers: answer.answers.map((record) => (record.name === finding.to ? { ...record, name: question.name } : record)),
    };
  }
  if (finding.is !== 'records') return { ...nothing, is: finding.is };
  const [cname] = finding.records;
  if (cname?.type !== 'CNAME' || isAsked(question, 'CNAME')) return found(finding.records);
  const answer = follow(cname.data);
  if (answer === undefined) return { ...found([cname]), elsewhere: cname.data };
  return answer.is === 'found' ? { ...answer, answers: [cname, ...answer.answers] } : found([cname]);
}

/** The one with the longest name: they may stand in each other. */
function namespaceOver({ state }: DnsWorld, name: string): Namespace | undefined {
  for (const one of upwards(name)) for (const namespace of state.namespaces.by('dnsName', one)) return namespace;
  return undefined;
}

const isAsked = ({ type }: DnsQuestion, record: string) => type === record || type === 'ANY';

/** A name of Service Connect leads to the load balancers whose listener of the alias's port forwards to the service; without any, to its tasks. */
function ofAlias(world: DnsWorld, name: string, question: DnsQuestion, side: DnsSide): DnsAnswer {
  const service = aliasMeaning(world.state, name, world.asker);
  if (service === undefined) return undefined;
  const nothing = { is: 'no data', soa: soaOf(world, name, MAX_TTL_SECONDS) } as const;
  if (service === 'several' || !isAsked(question, 'A')) return nothing;
  const balancers = loadBalancersBehind(world, name, service.deployments[0]!);
  const tasks = balancers.length > 0 ? [] : addressesOfConnected(world.state.ecs, service, name);
  const answers = [
    ...balancers.flatMap((balancer) => addressRecord(balancer, question.name, side)),
    ...someOf(tasks, MOST_ANSWERS, world.random).map((data) => addressAt(question.name, data)),
  ];
  return answers.length > 0 ? found(answers) : nothing;
}

function loadBalancersBehind({ state }: DnsWorld, name: string, deployment: Deployment): readonly LoadBalancer[] {
  const found = new Set<LoadBalancer>();
  for (const { containerName, mapping, ports } of connectedPorts(state.ecs, deployment, name)) {
    for (const target of deployment.loadBalancers ?? []) {
      if (target.containerName !== containerName || target.containerPort !== mapping.containerPort) continue;
      const rules = [...state.rules.by('targetGroup', target.targetGroupArn)].flatMap(
        (rule) => state.listeners.get(rule.listenerArn) ?? [],
      );
      for (const listener of [...state.listeners.by('targetGroup', target.targetGroupArn), ...rules]) {
        const balancer = ports.includes(listener.port) ? state.loadBalancers.get(listener.loadBalancerArn) : undefined;
        if (balancer) found.add(balancer);
      }
    }
  }
  return [...found];
}

const addressAt = (name: string, data: string): ResourceRecord => ({ type: 'A', name, ttl: MAX_TTL_SECONDS, data });

/** What containers reach, their host reaches as well. */
function addressRecord(
  { addresses: { own, containers, shared } }: LoadBalancer,
  name: string,
  side: DnsSide,
): readonly ResourceRecord[] {
  const data = side === 'elsewhere' ? shared : (containers ?? own);
  return data === undefined ? [] : [addressAt(name, data)];
}

function ofLoadBalancer(world: DnsWorld, balancer: LoadBalancer, question: DnsQuestion, side: DnsSide): DnsAnswer {
  const answers = isAsked(question, 'A') ? addressRecord(balancer, question.name, side) : [];
  return answers.length > 0 ? found(answers) : { is: 'no data', soa: soaOf(world, world.suffix, MAX_TTL_SECONDS) };
}

const found = (answers: readonly ResourceRecord[], additionals: readonly ResourceRecord[] = []) => ({
  is: 'found' as const,
  answers,
  additionals,
});

function ofNamespace(world: DnsWorld, namespace: Namespace, name: string, question: DnsQuestion): DnsAnswer {
  const { state } = world;
  const zone = sameCase(namespace.name);
  const soa = soaOf(world, zone, negativeTtlOf(namespace));
  const rest = name === zone ? '' : name.slice(0, -zone.length - 1);
  if (rest === '' && isAsked(question, 'SOA')) return found([{ ...soa, name: question.name }]);
  const service = serviceNamed(state, namespace.id, rest);
  if (service?.dnsConfig) {
    const { answers, additionals } = ofService(world, service, service.dnsConfig.DnsRecords, name, question);
    return answers.length > 0 ? found(answers, additionals) : { is: 'no data', soa };
  }
  const instance = instanceAt(world, namespace, rest);
  if (instance) {
    const answers = addressesOf(instance.instance, question.name, instance.ttl).filter(({ type }) => isAsked(question, type));
    return answers.length > 0 ? found(answers) : { is: 'no data', soa };
  }
  return { is: rest === '' || isAbove(world, namespace, rest) ? 'no data' : 'no such name', soa };
}

/** Whether there is a name below it: then it is one, without data (RFC 8020). */
function isAbove({ state }: DnsWorld, { id }: Namespace, rest: string): boolean {
  for (const { name } of state.discoveryServices.by('namespace', id)) if (sameCase(name).endsWith(`.${rest}`)) return true;
  return false;
}

function ofService(
  world: DnsWorld,
  service: DiscoveryService,
  records: readonly DnsRecord[],
  name: string,
  question: DnsQuestion,
): { readonly answers: readonly ResourceRecord[]; readonly additionals: readonly ResourceRecord[] } {
  const healthy = [...instancesOf(world.state, service)].filter(({ health }) => health === 'HEALTHY');
  const most = service.dnsConfig!.RoutingPolicy === 'WEIGHTED' ? 1 : MOST_ANSWERS;
  const chosen = someOf(healthy, most, world.random);
  const answers: ResourceRecord[] = [];
  const additionals: ResourceRecord[] = [];
  for (const { Type, TTL } of records) {
    if (!isAsked(question, Type)) continue;
    const ttl = Math.min(TTL, MAX_TTL_SECONDS);
    for (const instance of chosen) {
      answers.push(...recordsOf(Type, instance, question.name, ttl, name));
      if (Type === 'SRV') additionals.push(...addressesOf(instance, targetOf(instance, name), ttl));
    }
  }
  return { answers: onceEach(answers), additionals };
}

function recordsOf(
  type: DnsRecord['Type'],
  instance: FoundInstance,
  name: string,
  ttl: number,
  service: string,
): readonly ResourceRecord[] {
  const { AWS_INSTANCE_PORT: port, AWS_INSTANCE_CNAME: cname } = instance.attributes;
  switch (type) {
    case 'SRV':
      return port === undefined
        ? []
        : [{ type, name, ttl, data: { priority: 1, weight: 1, port: Number(port), target: targetOf(instance, service) } }];
    case 'CNAME':
      return cname === undefined ? [] : [{ type, name, ttl, data: cname }];
    default:
      return addressesOf(instance, name, ttl).filter((record) => record.type === type);
  }
}

function addressesOf({ attributes }: FoundInstance, name: string, ttl: number): readonly ResourceRecord[] {
  const { AWS_INSTANCE_IPV4: ipv4, AWS_INSTANCE_IPV6: ipv6 } = attributes;
  return [
    ...(ipv4 === undefined ? [] : [{ type: 'A' as const, name, ttl, data: ipv4 }]),
    ...(ipv6 === undefined ? [] : [{ type: 'AAAA' as const, name, ttl, data: ipv6 }]),
  ];
}

/** Tasks of one host have its address in common. */
function onceEach(records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  return [...new Map(records.map((record) => [JSON.stringify([record.type, record.data]), record])).values()];
}

/** As Route 53 names the hosts of SRV records: `<instance>.<service>.<namespace>`. */
const targetOf = (instance: FoundInstance, service: string) => `${labelOf(instance)}.${service}`;

/** Ids of instances may have characters that no label has. */
const labelOf = ({ id }: FoundInstance) => (/^[0-9a-z_-]{1,63}$/i.test(id) ? id.toLowerCase() : hashId(id));

function instanceAt(
  { state }: DnsWorld,
  { id }: Namespace,
  rest: string,
): { readonly instance: FoundInstance; readonly ttl: number } | undefined {
  const dot = rest.indexOf('.');
  const service = dot < 1 ? undefined : serviceNamed(state, id, rest.slice(dot + 1));
  const record = service?.dnsConfig?.DnsRecords.find(({ Type }) => Type === 'SRV');
  if (!service || !record) return undefined;
  const label = rest.slice(0, dot);
  for (const instance of instancesOf(state, service)) {
    if (labelOf(instance) === label) return { instance, ttl: Math.min(record.TTL, MAX_TTL_SECONDS) };
  }
  return undefined;
}

/** Some of them, in an order of its own each time: clients take the first. */
function someOf<T>(all: readonly T[], most: number, random: () => number): readonly T[] {
  const left = [...all];
  const chosen: T[] = [];
  while (left.length > 0 && chosen.length < most) chosen.push(...left.splice(Math.floor(random() * left.length), 1));
  return chosen;
}

function soaOf({ serial }: DnsWorld, zone: string, ttl: number): ResourceRecord {
  const times = { refresh: 7_200, retry: 900, expire: 1_209_600, minimum: ttl };
  return { type: 'SOA', name: zone, ttl, data: { mname: `ns.${zone}`, rname: `hostmaster.${zone}`, serial, ...times } };
}
