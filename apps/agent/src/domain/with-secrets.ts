import type { ContainerDefinition, ContainerSecrets, NameValue, TaskDefinitionPayload } from '#lib/ecs/model';

const isSet = (list: unknown): boolean => Array.isArray(list) && list.length > 0;

/** Whether a task of this definition is given anything in secret; with an image of the own registry it is a password for that. */
export const needsSecrets = (
  { containerDefinitions }: Pick<TaskDefinitionPayload, 'containerDefinitions'>,
  ownRegistry?: string,
): boolean =>
  containerDefinitions.some(
    ({ image, secrets, repositoryCredentials, logConfiguration }) =>
      isSet(secrets) ||
      (ownRegistry !== undefined && image.startsWith(`${ownRegistry}/`)) ||
      repositoryCredentials ||
      isSet((logConfiguration as { secretOptions?: unknown } | undefined)?.secretOptions),
  );

/**
 * A container as it is created: what it is given in secret over its own environment, by name, as ECS merges them. The options of `awslogs`
 * are for this agent, which keeps where lines go in a label: nothing secret gets there.
 */
export function withSecrets(container: ContainerDefinition, secrets: ContainerSecrets | undefined): ContainerDefinition {
  if (!secrets) return container;
  const { environment, logConfiguration } = container;
  const isEngines = logConfiguration !== undefined && logConfiguration.logDriver !== 'awslogs';
  return {
    ...container,
    environment: merged(environment, secrets.environment),
    ...(isEngines && secrets.logOptions.length > 0
      ? { logConfiguration: { ...logConfiguration, options: { ...logConfiguration.options, ...optionsOf(secrets.logOptions) } } }
      : {}),
  };
}

const merged = (base: readonly NameValue[], over: readonly NameValue[]): NameValue[] => [
  ...new Map([...base, ...over].map((variable) => [variable.name, variable])).values(),
];

const optionsOf = (options: ContainerSecrets['logOptions']): Record<string, string> =>
  Object.fromEntries(options.map(({ name, value }) => [name, value]));
