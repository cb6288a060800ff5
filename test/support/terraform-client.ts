import {
  CreateClusterCommand,
  CreateServiceCommand,
  CreateTaskSetCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeleteTaskSetCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTaskSetsCommand,
  type ECSClient,
  InvalidParameterException,
  ListAccountSettingsCommand,
  ListServiceDeploymentsCommand,
  ListTagsForResourceCommand,
  PutAccountSettingDefaultCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterCommand,
  UpdateServiceCommand,
  UpdateTaskSetCommand,
} from '@aws-sdk/client-ecs';
import { eventually } from './longshore.js';
import {
  asMap,
  asTags,
  canonical,
  networkAttributes,
  networkInput,
  type Resource,
  serviceAttributes,
  type ServiceConfig,
  serviceInput,
  type Tagged,
  type TaskSetConfig,
} from './terraform-attributes.js';

/**
 * What Terraform's AWS provider does with ECS: its calls in its order, the members that it reads back and those that it compares
 * (hashicorp/terraform-provider-aws, internal/service/ecs, as of v6). A resource reads what it was made of, or its next plan is a change.
 */
export class TerraformClient {
  constructor(private readonly ecs: ECSClient) {}

  /** The provider's own order: first what is to go, then what is new or changed. */
  private async updateTags(resourceArn: string, { tags = {} }: Tagged, before: Tagged): Promise<void> {
    const old = before.tags ?? {};
    const tagKeys = Object.keys(old).filter((key) => !(key in tags));
    const changed = Object.fromEntries(Object.entries(tags).filter(([key, value]) => old[key] !== value));
    if (tagKeys.length > 0) await this.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys }));
    if (Object.keys(changed).length > 0) await this.ecs.send(new TagResourceCommand({ resourceArn, tags: asTags(changed) }));
  }

  readonly accountSettingDefault: Resource<{ readonly name: string; readonly value: string }> = {
    defaults: () => ({}),
    create: async (config) => {
      await this.ecs.send(new PutAccountSettingDefaultCommand(config as never));
      return config.name;
    },
    read: async (_id, { name }) => {
      const command = new ListAccountSettingsCommand({ name: name as never, effectiveSettings: true });
      const { settings } = await this.ecs.send(command);
      if (settings?.length !== 1) throw new Error(`${settings?.length} settings ${name}`);
      return { ...settings[0] };
    },
    update: (_id, config) => this.accountSettingDefault.create(config),
    remove: async (_id, { name }) => {
      const value = name === 'fargateTaskRetirementWaitPeriod' ? '7' : 'disabled';
      try {
        await this.ecs.send(new PutAccountSettingDefaultCommand({ name: name as never, value }));
      } catch (error) {
        const isForGood = error instanceof InvalidParameterException && error.message.includes('You can no longer disable');
        if (!isForGood) throw error;
      }
    },
  };

  readonly cluster: Resource<
    Tagged & {
      readonly name: string;
      readonly setting?: readonly { readonly name: string; readonly value: string }[];
      readonly configuration?: object;
      readonly serviceConnectDefaults?: { readonly namespace: string };
    }
  > = {
    defaults: () => ({ tags: {} }),
    create: async ({ name, setting, configuration, serviceConnectDefaults, tags }) => {
      const settings = setting as never;
      const input = { clusterName: name, tags: asTags(tags), configuration, serviceConnectDefaults, settings };
      const arn = (await this.ecs.send(new CreateClusterCommand(input))).cluster!.clusterArn!;
      await eventually('ACTIVE', async () => (await this.findCluster(arn))?.status === 'ACTIVE');
      return arn;
    },
    read: async (id) => {
      const found = await this.findCluster(id);
      if (!found) return undefined;
      const { clusterName, settings, configuration, serviceConnectDefaults, tags } = found;
      return { name: clusterName, setting: settings, configuration, serviceConnectDefaults, tags: asMap(tags) };
    },
    update: async (cluster, config, before) => {
      const { setting, configuration, serviceConnectDefaults } = config;
      await this.ecs.send(
        new UpdateClusterCommand({ cluster, configuration, serviceConnectDefaults, settings: setting as never }),
      );
      await this.updateTags(cluster, config, before);
      return cluster;
    },
    remove: async (cluster) => {
      await this.ecs.send(new DeleteClusterCommand({ cluster }));
      await eventually('no cluster', async () => (await this.findCluster(cluster)) === undefined);
    },
  };

  private async findCluster(nameOrArn: string) {
    const include = ['TAGS', 'CONFIGURATIONS', 'SETTINGS'] as const;
    const { clusters } = await this.ecs.send(new DescribeClustersCommand({ clusters: [nameOrArn], include: [...include] }));
    return clusters!.find(({ status }) => status !== 'INACTIVE');
  }

  /** aws_ecs_tag: one tag of a thing that is another's. */
  readonly tag: Resource<{ readonly resourceArn: string; readonly key: string; readonly value: string }> = {
    defaults: () => ({}),
    create: async ({ resourceArn, key, value }) => {
      await this.ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key, value }] }));
      return `${resourceArn},${key}`;
    },
    read: async (_id, { resourceArn, key }) => {
      const { tags } = await this.ecs.send(new ListTagsForResourceCommand({ resourceArn }));
      const found = tags!.find((tag) => tag.key === key);
      return found && { resourceArn, ...found };
    },
    update: (_id, config) => this.tag.create(config),
    remove: async (_id, { resourceArn, key }) => {
      await this.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: [key] }));
    },
  };

  readonly taskDefinition: Resource<Omit<RegisterTaskDefinitionCommandInput, 'tags'> & Tagged> = {
    defaults: () => ({ tags: {}, volumes: [], placementConstraints: [] }),
    create: async ({ tags, ...config }) => {
      const { taskDefinition } = await this.ecs.send(new RegisterTaskDefinitionCommand({ ...config, tags: asTags(tags) }));
      return taskDefinition!.taskDefinitionArn!;
    },
    read: async (id, config) => {
      const { taskDefinition, tags } = await this.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: id, include: ['TAGS'] }),
      );
      if (taskDefinition!.status === 'INACTIVE') return undefined;
      // The provider's own equivalence takes defaults of container definitions for what is not there; here: what was sent is there.
      const containerDefinitions = config.containerDefinitions!.map((sent) => {
        const shown = taskDefinition!.containerDefinitions!.find(({ name }) => name === sent.name);
        return Object.fromEntries(Object.keys(sent).map((member) => [member, shown?.[member as keyof typeof sent]]));
      });
      return { ...taskDefinition, containerDefinitions, tags: asMap(tags) };
    },
    // Everything but its tags is another revision.
    update: async (id, config) => {
      await this.taskDefinition.remove(id, config);
      return this.taskDefinition.create(config);
    },
    remove: async (taskDefinition) => {
      await this.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    },
  };

  readonly service: Resource<ServiceConfig> = {
    defaults: ({ schedulingStrategy = 'REPLICA' }) => ({
      ...(schedulingStrategy === 'REPLICA'
        ? { deploymentMaximumPercent: 200, deploymentMinimumHealthyPercent: 100, desiredCount: 0 }
        : {}),
      schedulingStrategy,
      enableExecuteCommand: false,
      enableECSManagedTags: false,
      healthCheckGracePeriodSeconds: 0,
      loadBalancers: [],
      serviceRegistries: [],
      networkConfiguration: undefined,
      placementStrategy: [],
      placementConstraints: [],
      capacityProviderStrategy: [],
      serviceConnectConfiguration: undefined,
      propagateTags: 'NONE',
      tags: {},
    }),
    create: async (config) => {
      const operationTime = new Date();
      const { service } = await this.ecs.send(new CreateServiceCommand(serviceInput(config) as never));
      await this.stable(service!.serviceArn!, config, operationTime);
      return service!.serviceArn!;
    },
    read: async (id, config) => {
      const found = await this.findService(id, config);
      return found?.status === 'ACTIVE' ? serviceAttributes(found, config) : undefined;
    },
    update: async (id, { cluster = '', ...config }, before) => {
      const operationTime = new Date();
      const changed = Object.entries(config).filter(([name, value]) => canonical(value) !== canonical(before[name as never]));
      const { serviceName: _name, ...input } = serviceInput(Object.fromEntries(changed));
      // To take an existing one away, an empty list or object is sent.
      const emptied = (['placementStrategy', 'placementConstraints'] as const).filter((name) => before[name] && !config[name]);
      for (const name of emptied) Object.assign(input, { [name]: [] });
      await this.ecs.send(new UpdateServiceCommand({ ...input, cluster, service: id, tags: undefined } as never));
      await this.stable(id, { cluster, ...config }, operationTime);
      await this.updateTags(id, config, before);
      return id;
    },
    remove: async (service, { cluster = '', schedulingStrategy }) => {
      const found = await this.findService(service, { cluster });
      if (!found || found.status === 'INACTIVE') return;
      if (found.status !== 'DRAINING' && schedulingStrategy !== 'DAEMON') {
        await this.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
      }
      await this.ecs.send(new DeleteServiceCommand({ cluster, service, force: schedulingStrategy === 'DAEMON' }));
      await eventually('INACTIVE', async () => (await this.findService(service, { cluster }))?.status === 'INACTIVE');
    },
  };

  private async findService(service: string, { cluster = '' }: { readonly cluster?: string }): Promise<Service | undefined> {
    const input = { cluster, include: ['TAGS' as const], services: [service] };
    const { services, failures } = await this.ecs.send(new DescribeServicesCommand(input));
    return failures!.some(({ reason }) => reason === 'MISSING') ? undefined : services![0];
  }

  /** `wait_for_steady_state`: a new deployment is found by its digits in the ARN of the revision, and has to be SUCCESSFUL. */
  private async stable(serviceArn: string, config: ServiceConfig, operationTime: Date): Promise<void> {
    if (config.deploymentController?.type === 'EXTERNAL') return;
    const { cluster = '' } = config;
    await eventually(`${serviceArn} to be stable`, async () => {
      const service = (await this.findService(serviceArn, config))!;
      const primary = service.deployments!.find(({ status }) => status === 'PRIMARY')!;
      if (primary.createdAt! <= operationTime) {
        return service.deployments!.length === 1 && service.runningCount === service.desiredCount;
      }
      const { serviceDeployments } = await this.ecs.send(
        new ListServiceDeploymentsCommand({
          cluster,
          service: serviceArn.split('/').at(-1)!,
          createdAt: { after: operationTime },
        }),
      );
      const digits = primary.id!.split('/')[1]!;
      const own = serviceDeployments!.find(({ targetServiceRevisionArn }) => targetServiceRevisionArn!.includes(digits));
      if (!own) return false;
      const serviceDeploymentArns = [own.serviceDeploymentArn!];
      const { serviceDeployments: found } = await this.ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
      return found![0]!.status === 'SUCCESSFUL';
    });
  }

  readonly taskSet: Resource<TaskSetConfig> = {
    defaults: () => ({ networkConfiguration: undefined, loadBalancers: [], serviceRegistries: [], tags: {} }),
    create: async ({ networkConfiguration, tags, ...config }) => {
      const input = { ...config, ...networkInput(networkConfiguration), tags: asTags(tags) };
      const { taskSet } = await this.ecs.send(new CreateTaskSetCommand(input as never));
      await this.steady(taskSet!.id!, config);
      return taskSet!.id!;
    },
    read: async (id, config) => {
      const found = await this.findTaskSet(id, config);
      return (
        found && {
          ...found,
          ...config.networkConfiguration,
          ...networkAttributes(found),
          cluster: config.cluster,
          service: config.service,
          tags: asMap(found.tags),
        }
      );
    },
    update: async (taskSet, config, before) => {
      const { cluster, service, scale } = config;
      await this.ecs.send(new UpdateTaskSetCommand({ cluster, service, taskSet, scale: scale as never }));
      await this.steady(taskSet, config);
      await this.updateTags((await this.findTaskSet(taskSet, config))!.taskSetArn!, config, before);
      return taskSet;
    },
    remove: async (taskSet, config) => {
      const { cluster, service } = config;
      await this.ecs.send(new DeleteTaskSetCommand({ cluster, service, taskSet, force: config.scale.value > 0 }));
      await eventually('no task set', async () => (await this.findTaskSet(taskSet, config)) === undefined);
    },
  };

  private async findTaskSet(taskSet: string, { cluster, service }: Pick<TaskSetConfig, 'cluster' | 'service'>) {
    const input = { cluster, service, taskSets: [taskSet], include: ['TAGS' as const] };
    return (await this.ecs.send(new DescribeTaskSetsCommand(input))).taskSets![0];
  }

  private async steady(id: string, config: Pick<TaskSetConfig, 'cluster' | 'service'>): Promise<void> {
    await eventually(`${id} to be steady`, async () => (await this.findTaskSet(id, config))?.stabilityStatus === 'STEADY_STATE');
  }
}
