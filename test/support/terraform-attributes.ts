import type { AwsVpcConfiguration, CreateServiceCommandInput, Service, Tag } from '@aws-sdk/client-ecs';

type Attributes = Readonly<Record<string, unknown>>;

export interface Resource<C extends object> {
  /** What the provider takes for members that a configuration leaves out; those that are neither here nor in it are computed. */
  readonly defaults: (config: C) => Attributes;
  create(config: C): Promise<string>;
  /** Undefined when it is gone: then the provider plans to make it again. */
  read(id: string, config: C): Promise<Attributes | undefined>;
  /** The id afterwards: a task definition gets another one. */
  update(id: string, config: C, before: C): Promise<string>;
  remove(id: string, config: C): Promise<void>;
}

/** `terraform plan`: the members that differ from the configuration. */
export async function plan<C extends object>(resource: Resource<C>, id: string, config: C): Promise<Attributes> {
  const found = await resource.read(id, config);
  if (!found) return { gone: id };
  const wanted = { ...resource.defaults(config), ...config } as Attributes;
  const differs = (name: string) => canonical(found[name]) !== canonical(wanted[name]);
  return Object.fromEntries(
    Object.keys(wanted)
      .filter(differs)
      .map((name) => [name, { is: found[name], wanted: wanted[name] }]),
  );
}

/** Blocks are compared without order of their members, and what is null, empty or zero is all the same to the provider's SDK. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || member === 0 || member === false || member === '') return undefined;
    if (Array.isArray(member)) return member.length === 0 ? undefined : member;
    if (typeof member !== 'object' || member === undefined) return member;
    if (Object.keys(member).length === 0) return undefined;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export const asMap = (tags: readonly Tag[] = []) => Object.fromEntries(tags.map(({ key, value }) => [key, value]));
export const asTags = (tags: Readonly<Record<string, string>> = {}): Tag[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));
export type Tagged = { readonly tags?: Readonly<Record<string, string>> };

type Network = Pick<AwsVpcConfiguration, 'subnets' | 'securityGroups'> & { readonly assignPublicIp?: boolean };

export type ServiceConfig = Tagged &
  Omit<Partial<CreateServiceCommandInput>, 'tags' | 'networkConfiguration' | 'deploymentConfiguration'> & {
    readonly networkConfiguration?: Network;
    readonly deploymentMaximumPercent?: number;
    readonly deploymentMinimumHealthyPercent?: number;
    readonly alarms?: { readonly enable: boolean; readonly rollback: boolean; readonly alarmNames: readonly string[] };
    readonly deploymentCircuitBreaker?: { readonly enable: boolean; readonly rollback: boolean };
  };

export type TaskSetConfig = Tagged & {
  readonly cluster: string;
  readonly service: string;
  readonly taskDefinition: string;
  readonly externalId?: string;
  readonly networkConfiguration?: Network;
  readonly scale: { readonly value: number; readonly unit: string };
};

export const networkInput = (network: Network | undefined) =>
  network && {
    networkConfiguration: {
      awsvpcConfiguration: { ...network, assignPublicIp: network.assignPublicIp ? 'ENABLED' : 'DISABLED' },
    },
  };

/** Sets to the provider: in one order. */
export function networkAttributes({ networkConfiguration }: Pick<Service, 'networkConfiguration'>) {
  const given = networkConfiguration?.awsvpcConfiguration;
  if (!given) return { networkConfiguration: undefined };
  const { subnets, securityGroups = [], assignPublicIp } = given;
  return {
    networkConfiguration: {
      subnets: subnets!.toSorted(),
      securityGroups: securityGroups.toSorted(),
      assignPublicIp: assignPublicIp === 'ENABLED',
    },
  };
}

export function serviceInput(config: ServiceConfig): Attributes {
  const { networkConfiguration, tags, alarms, deploymentCircuitBreaker, ...rest } = config;
  const { deploymentMaximumPercent: maximumPercent, deploymentMinimumHealthyPercent: minimumHealthyPercent, ...named } = rest;
  const given = { alarms, deploymentCircuitBreaker, maximumPercent, minimumHealthyPercent };
  const deploymentConfiguration = Object.values(given).some((value) => value !== undefined) ? given : undefined;
  return {
    ...named,
    ...networkInput(networkConfiguration),
    tags: asTags(tags),
    ...(deploymentConfiguration ? { deploymentConfiguration } : {}),
  };
}

export function serviceAttributes(service: Service, { cluster = '', taskDefinition }: ServiceConfig): Attributes {
  const { deploymentConfiguration: configuration = {}, clusterArn, deployments } = service;
  const { enable, rollback } = configuration.deploymentCircuitBreaker ?? {};
  const isArn = (text: string | undefined) => text?.startsWith('arn:');
  const primary = deployments!.find(({ status }) => status === 'PRIMARY');
  return {
    ...service,
    ...networkAttributes(service),
    cluster: isArn(cluster) ? clusterArn : cluster && clusterArn!.split('/').at(-1)!,
    taskDefinition: isArn(taskDefinition) ? service.taskDefinition : service.taskDefinition?.split('/').at(-1),
    deploymentMaximumPercent: configuration.maximumPercent,
    deploymentMinimumHealthyPercent: configuration.minimumHealthyPercent,
    alarms: configuration.alarms,
    deploymentCircuitBreaker: { enable, rollback },
    serviceConnectConfiguration: primary?.serviceConnectConfiguration,
    tags: asMap(service.tags),
  };
}
