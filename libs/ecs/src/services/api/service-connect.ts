import { sameContent } from '#lib/kernel';
import { refusals } from '../../model/refusals.js';
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

interface Asked {
  readonly serviceConnectConfiguration?: ServiceConnectInput;
  /** Of the cluster: its `serviceConnectDefaults`. */
  readonly defaults?: { readonly namespace?: string };
}

interface Current {
  readonly serviceConnectConfiguration?: ServiceConnect;
  readonly definition?: TaskDefinition;
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
}

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/**
 * Names under which clients reach the service's ports: as the request says, or as they are, checked with the load balancers that it is to have. There
 * is no proxy beside any task here: a name leads to the load balancer's listener of the alias's port.
 */
export function serviceConnectOf(
  { serviceConnectConfiguration: given, defaults }: Asked,
  now: Current,
  definition: TaskDefinition,
  loadBalancers: readonly ServiceLoadBalancer[] = [],
): ServiceConnect | undefined {
  const wanted = given ? configurationOf(given, definition, defaults?.namespace) : now.serviceConnectConfiguration;
  const isUntouched =
    given === undefined &&
    now.definition?.taskDefinitionArn === definition.taskDefinitionArn &&
    now.loadBalancers === loadBalancers;
  if (!wanted || isUntouched) return wanted;
  for (const service of wanted.services ?? []) checkIsBalanced(service, definition, loadBalancers);
  return sameContent(wanted, now.serviceConnectConfiguration) ? now.serviceConnectConfiguration : wanted;
}

const notHonoured = (member: string, why: string) =>
  refusals.invalidParameter(`Longshore does not honour serviceConnectConfiguration.${member}: ${why} Leave it out.`);

function configurationOf(given: ServiceConnectInput, definition: TaskDefinition, fallback: string | undefined): ServiceConnect {
  if (!given.enabled) return { enabled: false };
  if (given.logConfiguration) throw notHonoured('logConfiguration', 'there is no proxy that could log.');
  if (given.accessLogConfiguration) {
    throw notHonoured('accessLogConfiguration', 'LONGSHORE_LOAD_BALANCER_ACCESS_LOG makes load balancers log requests.');
  }
  const namespace = given.namespace || fallback;
  if (!namespace) {
    throw refusals.invalidParameter(
      'serviceConnectConfiguration needs a namespace: give it, or set the cluster’s serviceConnectDefaults.',
    );
  }
  const services = given.services?.map((service) => serviceOf(service, definition, namespace)) ?? [];
  return { enabled: true, namespace, ...(services.length > 0 ? { services } : {}) };
}

type ServiceInput = NonNullable<ServiceConnectInput['services']>[number];

function serviceOf(service: ServiceInput, definition: TaskDefinition, namespace: string): ServiceConnectService {
  const { portName, clientAliases = [] } = service;
  if (!portName) throw refusals.invalidParameter('serviceConnectConfiguration.services[].portName can not be blank.');
  if (service.tls) throw notHonoured('services[].tls', 'an HTTPS listener of the load balancer has certificates.');
  if (service.timeout) throw notHonoured('services[].timeout', 'the load balancer has idle_timeout.timeout_seconds.');
  if (service.ingressPortOverride !== undefined)
    throw notHonoured('services[].ingressPortOverride', 'there is no proxy that would listen.');
  const discoveryName = service.discoveryName || portName;
  const { containerPort } = portNamed(portName, definition);
  // "If this parameter isn't specified, the default value of discoveryName.namespace is used" [sdk ServiceConnectClientAlias.dnsName].
  const aliases = clientAliases.length > 0 ? clientAliases : [{ port: containerPort, dnsName: undefined }];
  return { portName, discoveryName, clientAliases: aliases.map((alias) => aliasOf(alias, discoveryName, namespace)) };
}

function aliasOf(
  alias: NonNullable<ServiceInput['clientAliases']>[number],
  discoveryName: string,
  namespace: string,
): ServiceConnectAlias {
  const { port, testTrafficRules } = alias;
  if (testTrafficRules) throw notHonoured('services[].clientAliases[].testTrafficRules', 'there is no test traffic yet.');
  if (port === undefined)
    throw refusals.invalidParameter('serviceConnectConfiguration.services[].clientAliases[].port must be given.');
  if (!alias.dnsName && namespace.startsWith('arn:')) {
    throw refusals.invalidParameter(
      'Give each of serviceConnectConfiguration.services[].clientAliases a dnsName, or the namespace by its name: an ARN does not say it.',
    );
  }
  const dnsName = alias.dnsName || `${discoveryName}.${namespace}`;
  if (!DNS_NAME.test(dnsName)) throw refusals.invalidParameter(`The client alias ${dnsName} is not a domain name.`);
  return { port, dnsName };
}

interface NamedPort {
  readonly containerName: string;
  readonly containerPort: number;
}

function portNamed(portName: string, { containerDefinitions }: TaskDefinition): NamedPort {
  for (const { name: containerName, portMappings } of containerDefinitions) {
    for (const { name, containerPort } of portMappings) {
      if (name === portName && containerPort !== undefined) return { containerName, containerPort };
    }
  }
  throw refusals.invalidParameter(
    `The task definition has no port mapping with the name ${portName}, which serviceConnectConfiguration.services[].portName names.`,
  );
}

function checkIsBalanced(
  { portName, clientAliases }: ServiceConnectService,
  definition: TaskDefinition,
  loadBalancers: readonly ServiceLoadBalancer[],
): void {
  const { containerName, containerPort } = portNamed(portName, definition);
  if (loadBalancers.some((one) => one.containerName === containerName && one.containerPort === containerPort)) return;
  throw refusals.invalidParameter(
    `Longshore has no proxies beside tasks: Service Connect leads clients of ${clientAliases.map(({ dnsName }) => dnsName).join(', ')} to a load balancer. ` +
      `Give loadBalancers a target group for the container ${containerName} and its port ${containerPort}, and its listener the port of the client alias.`,
  );
}

/** DNS does not say who asks: a name can lead to one service only. */
export function refuseTakenAliases(
  { services }: Pick<EcsState, 'services'>,
  serviceArn: Service['serviceArn'],
  {
    serviceConnectConfiguration: { services: connected = [] } = { enabled: false },
  }: Pick<Service, 'serviceConnectConfiguration'>,
): void {
  for (const { dnsName } of connected.flatMap(({ clientAliases }) => clientAliases)) {
    for (const other of services.by('alias', dnsName.toLowerCase())) {
      if (other.serviceArn === serviceArn) continue;
      throw refusals.invalidParameter(
        `The client alias ${dnsName} leads to another service already, and names are one tree for all clients: choose another dnsName.`,
      );
    }
  }
}
