import type { ContainerDefinition, ContainerDependency, TaskDefinitionPayload } from '#lib/ecs/model';

export type RouterType = 'fluentd' | 'fluentbit';

/** The container of a task that routes the others' lines. */
export interface LogRouter {
  readonly container: ContainerDefinition;
  readonly type: RouterType;
  readonly options: Readonly<Record<string, string>>;
}

export const DRIVER = 'awsfirelens';

interface FirelensConfiguration {
  readonly type?: string;
  readonly options?: Readonly<Record<string, string>>;
}

export function logRouterOf({
  containerDefinitions,
}: Pick<TaskDefinitionPayload, 'containerDefinitions'>): LogRouter | undefined {
  for (const container of containerDefinitions) {
    const configuration = container.firelensConfiguration as FirelensConfiguration | undefined;
    if (configuration?.type)
      return {
        container,
        type: configuration.type === 'fluentd' ? 'fluentd' : 'fluentbit',
        options: configuration.options ?? {},
      };
  }
  return undefined;
}

export const isRouted = ({ logConfiguration }: ContainerDefinition): boolean => logConfiguration?.logDriver === DRIVER;

/** Who is routed begins when the router runs, as the ECS agent has it: its first lines would find nobody. */
export function routerFirst(definition: TaskDefinitionPayload): TaskDefinitionPayload {
  const router = logRouterOf(definition)?.container.name;
  if (router === undefined) return definition;
  const start: ContainerDependency = { containerName: router, condition: 'START' };
  const containerDefinitions = definition.containerDefinitions.map((container) => {
    const { dependsOn = [] } = container;
    const waits =
      container.name === router || !isRouted(container) || dependsOn.some(({ containerName }) => containerName === router);
    return waits ? container : { ...container, dependsOn: [...dependsOn, start] };
  });
  return { ...definition, containerDefinitions };
}
