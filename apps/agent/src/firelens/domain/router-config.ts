import type { TaskDefinitionPayload } from '#lib/ecs/model';
import { isRouted, type LogRouter, type RouterType } from './firelens-task.js';

/** What a router's configuration is made of, beside the definition. */
export interface RouterContext {
  readonly clusterName: string;
  readonly taskArn: string;
}

/** Where the router's image looks for its configuration, and where it makes the socket: as the ECS agent mounts them. */
export const CONFIG_PATH: Readonly<Record<RouterType, string>> = {
  fluentbit: '/fluent-bit/etc/fluent-bit.conf',
  fluentd: '/fluentd/etc/fluent.conf',
};
export const SOCKET_DIRECTORY = '/var/run';
export const SOCKET_NAME = 'fluent.sock';
/** Where lines of programs that speak the forward protocol themselves are taken. */
export const FORWARD_PORT = 24224;

type Options = Readonly<Record<string, string>>;

/** Docker's tag, and what matches it in the router's configuration. */
export const tagOf = (containerName: string, taskArn: string): string =>
  `${containerName}-firelens-${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;

const outputKey = (type: RouterType) => (type === 'fluentd' ? '@type' : 'Name');

/** For this agent and Docker, not for the plugin. */
const NOT_OF_PLUGIN = new Set(['include-pattern', 'exclude-pattern', 'log-driver-buffer-limit']);

/** Why a task's lines could not be routed. */
export function routerProblem(definition: TaskDefinitionPayload, router: LogRouter | undefined): string | undefined {
  const routed = definition.containerDefinitions.filter(isRouted);
  if (!router)
    return routed.length === 0 ? undefined : 'the log driver awsfirelens needs a container with a firelensConfiguration';
  const type = router.options['config-file-type'];
  if (type !== undefined && type !== 'file')
    return `config-file-type '${type}' of firelensConfiguration is not supported: there is no S3; put the file into the image and name it with config-file-type file`;
  if (type === 'file' && !router.options['config-file-value']) return 'config-file-value of firelensConfiguration is missing';
  const key = outputKey(router.type);
  const without = routed.find(({ logConfiguration }) => !logConfiguration?.options?.[key]);
  // A file of the image may have the outputs.
  return without && type === undefined
    ? `container ${without.name}: missing output option ${key} which is required for firelens configuration of type ${router.type}`
    : undefined;
}

/**
 * The router's configuration: its inputs, what is added to each record, what of each container's lines is left out, and where they go. After
 * aws/amazon-ecs-agent `agent/taskresource/firelens` and go-config-generator-for-fluentd-and-fluentbit.
 */
export function routerConfig(definition: TaskDefinitionPayload, router: LogRouter, context: RouterContext): string {
  const write = router.type === 'fluentd' ? fluentd : fluentbit;
  const addsMetadata = !/^(0|f|false)$/i.test(router.options['enable-ecs-log-metadata'] ?? '');
  const metadata: Options = addsMetadata
    ? {
        ecs_cluster: context.clusterName,
        ecs_task_arn: context.taskArn,
        ecs_task_definition: `${definition.family}:${definition.revision}`,
      }
    : {};
  const included = router.options['config-file-type'] === 'file' ? router.options['config-file-value'] : undefined;
  const listen = definition.networkMode === 'awsvpc' ? '127.0.0.1' : '0.0.0.0';
  const outputs = definition.containerDefinitions.filter(isRouted).map(({ name, logConfiguration }) => {
    const options = logConfiguration!.options ?? {};
    const key = outputKey(router.type);
    return {
      match: `${name}-firelens`,
      plugin: options[key],
      options: Object.entries(options).filter(([option]) => option !== key && !NOT_OF_PLUGIN.has(option)),
      include: options['include-pattern'],
      exclude: options['exclude-pattern'],
    };
  });
  // In the host's network the port would be the host's.
  return write({ listen: definition.networkMode === 'host' ? undefined : listen, metadata, included, outputs });
}

interface Output {
  readonly match: string;
  /** Undefined: the included file has it. */
  readonly plugin?: string;
  readonly options: readonly (readonly [name: string, value: string])[];
  readonly include?: string;
  readonly exclude?: string;
}

interface Parts {
  readonly listen?: string;
  readonly metadata: Options;
  readonly included?: string;
  readonly outputs: readonly Output[];
}

const SOCKET = `${SOCKET_DIRECTORY}/${SOCKET_NAME}`;

function fluentbit({ listen, metadata, included, outputs }: Parts): string {
  const section = (name: string, ...entries: readonly (readonly [string, string])[]) =>
    [`[${name}]`, ...entries.map(([key, value]) => `    ${key} ${value}`), ''].join('\n');
  const grep = (kind: string, { match }: Output, pattern: string | undefined) =>
    pattern === undefined ? [] : [section('FILTER', ['Name', 'grep'], ['Match', `${match}*`], [kind, `log ${pattern}`])];
  return [
    section('INPUT', ['Name', 'forward'], ['unix_path', SOCKET]),
    ...(listen ? [section('INPUT', ['Name', 'forward'], ['Listen', listen], ['Port', String(FORWARD_PORT)])] : []),
    section('INPUT', ['Name', 'tcp'], ['Tag', 'firelens-healthcheck'], ['Listen', '127.0.0.1'], ['Port', '8877']),
    ...(Object.keys(metadata).length > 0
      ? [
          section(
            'FILTER',
            ['Name', 'record_modifier'],
            ['Match', '*'],
            ...Object.entries(metadata).map(([name, value]) => ['Record', `${name} ${value}`] as const),
          ),
        ]
      : []),
    ...outputs.flatMap((output) => [...grep('Regex', output, output.include), ...grep('Exclude', output, output.exclude)]),
    ...(included ? [`@INCLUDE ${included}`, ''] : []),
    section('OUTPUT', ['Name', 'null'], ['Match', 'firelens-healthcheck']),
    ...outputs.flatMap(({ match, plugin, options }) =>
      plugin ? [section('OUTPUT', ['Name', plugin], ['Match', `${match}*`], ...options)] : [],
    ),
  ].join('\n');
}

function fluentd({ listen, metadata, included, outputs }: Parts): string {
  const block = (name: string, argument: string, ...lines: readonly string[]) =>
    [`<${name}${argument && ` ${argument}`}>`, ...lines.map((line) => `    ${line}`), `</${name}>`, ''].join('\n');
  const grep = (kind: string, { match }: Output, pattern: string | undefined) =>
    pattern === undefined
      ? []
      : [block('filter', `${match}**`, '@type grep', `<${kind}>`, '    key log', `    pattern ${pattern}`, `</${kind}>`)];
  return [
    block('source', '', '@type unix', `path ${SOCKET}`),
    ...(listen ? [block('source', '', '@type forward', `bind ${listen}`, `port ${FORWARD_PORT}`)] : []),
    ...(Object.keys(metadata).length > 0
      ? [
          block(
            'filter',
            '**',
            '@type record_transformer',
            '<record>',
            ...Object.entries(metadata).map(([name, value]) => `    ${name} ${value}`),
            '</record>',
          ),
        ]
      : []),
    ...outputs.flatMap((output) => [...grep('regexp', output, output.include), ...grep('exclude', output, output.exclude)]),
    ...(included ? [`@include ${included}`, ''] : []),
    ...outputs.flatMap(({ match, plugin, options }) =>
      plugin ? [block('match', `${match}**`, `@type ${plugin}`, ...options.map(([name, value]) => `${name} ${value}`))] : [],
    ),
  ].join('\n');
}
