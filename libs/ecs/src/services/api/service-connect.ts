import { sameContent, scopeKey } from '#lib/kernel';
import { refusals } from '../../model/refusals.js';
import { type AliasPort, aliasPortsOf, isReachedAt, portAtTask, portNamed } from '../../model/service-connect-ports.js';
import type {
  Service,
  ServiceConnect,
  ServiceConnectAlias,
  ServiceConnectService,
  ServiceLoadBalancer,
} from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import type { TaskDefinition } from '../../model/task-definition.js';

/** As the model gives it. */
export interface ServiceConnectInput {
  readonly enabled?: boolean;
  readonly namespace?: string;
  readonly services?: readonly {
    readonly portName?: string;
    readonly discoveryName?: string;
    readonly clientAliases?: readonly { readonly port?: number; readonly dnsName?: string; readonly testTrafficRules?: object }[];
    readonly ingressPortOverride?: number;
    readonly timeout?: object;
    readonly tls?: object;
  }[];
  readonly logConfiguration?: object;
  readonly accessLogConfiguration?: object;
}

/** What Cloud Map says of a namespace that is named by its ARN, at the moment of the request: its state is no part of this journal. */
export interface NamespaceFacts {
  readonly namespaceArn: string;
  readonly name: string;
}

interface Asked {
  readonly serviceConnectConfiguration?: ServiceConnectInput;
  /** Of the cluster: its `serviceConnectDefaults`. */
  readonly defaults?: { readonly namespace?: string };
  /** Of those asked for that there are. */
  readonly namespaces?: readonly NamespaceFacts[];
}

interface Current {
  readonly serviceConnectConfiguration?: ServiceConnect;
  readonly definition?: TaskDefinition;
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
}

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/**
 * Names under which clients reach the service's ports: as the request says, or as they are, checked with the load balancers that it is to have. There
 * is no proxy beside any task here: a name leads to the load balancer's listener of the alias's port, or to the tasks, where they have that port.
 */
export function serviceConnectOf(
  { serviceConnectConfiguration: given, defaults, namespaces = [] }: Asked,
  now: Current,
  definition: TaskDefinition,
  loadBalancers: readonly ServiceLoadBalancer[] = [],
): ServiceConnect | undefined {
  const wanted = given ? configurationOf(given, definition, namespaces, defaults?.namespace) : now.serviceConnectConfiguration;
  const isUntouched =
    given === undefined &&
    now.definition?.taskDefinitionArn === definition.taskDefinitionArn &&
    now.loadBalancers === loadBalancers;
  if (!wanted || isUntouched) return wanted;
  for (const service of wanted.services ?? []) checkIsReached(service, definition, loadBalancers);
  refuseTwoMeanings(aliasPortsOf(definition, { serviceConnectConfiguration: wanted, loadBalancers }));
  return sameContent(wanted, now.serviceConnectConfiguration) ? now.serviceConnectConfiguration : wanted;
}

const notHonoured = (member: string, why: string) =>
  refusals.invalidParameter(`Longshore does not honour serviceConnectConfiguration.${member}: ${why} Leave it out.`);

function configurationOf(
  given: ServiceConnectInput,
  definition: TaskDefinition,
  namespaces: readonly NamespaceFacts[],
  fallback: string | undefined,
): ServiceConnect {
  if (!given.enabled) return { enabled: false };
  const namespace = given.namespace || fallback;
  if (!namespace) {
    throw refusals.invalidParameter(
      'serviceConnectConfiguration needs a namespace: give it, or set the cluster’s serviceConnectDefaults.',
    );
  }
  const zone = namespace.startsWith('arn:') ? namespaces.find(({ namespaceArn }) => namespaceArn === namespace)?.name : namespace;
  const services = given.services?.map((service) => serviceOf(service, definition, zone)) ?? [];
  const { logConfiguration, accessLogConfiguration } = given;
  return {
    enabled: true,
    namespace,
    ...(services.length > 0 ? { services } : {}),
    ...(logConfiguration ? { logConfiguration } : {}),
    ...(accessLogConfiguration ? { accessLogConfiguration } : {}),
  };
}

type ServiceInput = NonNullable<ServiceConnectInput['services']>[number];

/** `zone`: the name of the namespace. */
function serviceOf(service: ServiceInput, definition: TaskDefinition, zone: string | undefined): ServiceConnectService {
  const { portName, clientAliases = [], timeout, ingressPortOverride } = service;
  if (!portName) throw refusals.invalidParameter('serviceConnectConfiguration.services[].portName can not be blank.');
  if (service.tls) throw notHonoured('services[].tls', 'an HTTPS listener of the load balancer has certificates.');
  const discoveryName = service.discoveryName || portName;
  const { containerPort } = knownPort(portName, definition);
  // "If this parameter isn't specified, the default value of discoveryName.namespace is used" [sdk ServiceConnectClientAlias.dnsName].
  const aliases = clientAliases.length > 0 ? clientAliases : [{ port: containerPort, dnsName: undefined }];
  return {
    portName,
    discoveryName,
    clientAliases: aliases.map((alias) => aliasOf(alias, discoveryName, zone)),
    ...(timeout ? { timeout } : {}),
    ...(ingressPortOverride === undefined ? {} : { ingressPortOverride }),
  };
}

function aliasOf(
  alias: NonNullable<ServiceInput['clientAliases']>[number],
  discoveryName: string,
  zone: string | undefined,
): ServiceConnectAlias {
  const { port, testTrafficRules } = alias;
  if (testTrafficRules) throw notHonoured('services[].clientAliases[].testTrafficRules', 'there is no test traffic yet.');
  if (port === undefined)
    throw refusals.invalidParameter('serviceConnectConfiguration.services[].clientAliases[].port must be given.');
  if (!alias.dnsName && zone === undefined) throw refusals.namespaceNotFound();
  const dnsName = alias.dnsName || `${discoveryName}.${zone}`;
  if (!DNS_NAME.test(dnsName)) throw refusals.invalidParameter(`The client alias ${dnsName} is not a domain name.`);
  return { port, dnsName };
}

function knownPort(portName: string, definition: TaskDefinition) {
  const named = portNamed(definition, portName);
  const containerPort = named?.mapping.containerPort;
  if (named && containerPort !== undefined) return { ...named, containerPort };
  throw refusals.invalidParameter(
    `The task definition has no port mapping with the name ${portName}, which serviceConnectConfiguration.services[].portName names.`,
  );
}

/** Behind a load balancer, whose listeners may come later; or the tasks themselves have the alias's port. */
function checkIsReached(
  { portName, clientAliases }: ServiceConnectService,
  definition: TaskDefinition,
  loadBalancers: readonly ServiceLoadBalancer[],
): void {
  const { containerName, mapping, containerPort } = knownPort(portName, definition);
  if (loadBalancers.some((one) => one.containerName === containerName && one.containerPort === containerPort)) return;
  const missed = clientAliases.find(({ port }) => !isReachedAt(definition, mapping, port));
  if (!missed) return;
  const own = portAtTask(definition, mapping);
  throw refusals.invalidParameter(
    `Longshore has no proxies beside tasks: Service Connect leads clients of ${missed.dnsName} to the tasks themselves, which have ` +
      `${own === undefined ? 'a port of the host that is another one for each' : `the port ${own}`}, or to a load balancer. ` +
      `${own === undefined ? 'Use the network mode awsvpc' : `Give the client alias the port ${own}`}, or give loadBalancers a target group for the container ${containerName} ` +
      `and its port ${containerPort}, and its listener the port ${missed.port}.`,
  );
}

/** All names of a service lead to the same addresses. */
function refuseTwoMeanings(ports: readonly AliasPort[]): void {
  const twice = ports.find(({ port, containerPort }) =>
    ports.some((other) => other.port === port && other.containerPort !== containerPort),
  );
  if (!twice) return;
  throw refusals.invalidParameter(
    `Clients would reach two ports of one task by the port ${twice.port}: give the client aliases of serviceConnectConfiguration different ports.`,
  );
}

/** In a namespace a name leads to one service: `namespaces` are those that the request speaks of, which services name in two ways. */
export function refuseTakenAliases(
  { services }: Pick<EcsState, 'services'>,
  service: Pick<Service, 'serviceArn' | 'accountId' | 'region'>,
  { serviceConnectConfiguration: wanted }: Pick<Service, 'serviceConnectConfiguration'>,
  namespaces: readonly NamespaceFacts[] = [],
): void {
  const names = namesOf(wanted?.namespace, namespaces);
  for (const { dnsName } of (wanted?.services ?? []).flatMap(({ clientAliases }) => clientAliases)) {
    for (const other of services.by('alias', dnsName.toLowerCase())) {
      if (other.serviceArn === service.serviceArn || scopeKey(other) !== scopeKey(service)) continue;
      if (!names.has(other.deployments[0]?.serviceConnectConfiguration?.namespace)) continue;
      throw refusals.invalidParameter(
        `The client alias ${dnsName} leads to another service of the namespace already: choose another dnsName, or another namespace.`,
      );
    }
  }
}

function namesOf(namespace: string | undefined, facts: readonly NamespaceFacts[]): ReadonlySet<string | undefined> {
  const same = facts.filter(({ namespaceArn, name }) => namespace === namespaceArn || namespace === name);
  return new Set([namespace, ...same.flatMap(({ namespaceArn, name }) => [namespaceArn, name])]);
}
