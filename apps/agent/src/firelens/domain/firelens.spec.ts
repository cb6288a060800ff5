import type { ContainerDefinition, TaskDefinitionPayload } from '#lib/ecs/model';
import { container, definitionOf } from '../../../../../test/support/simulated-host.js';
import { containerSpec } from '../../domain/container-spec.js';
import { withFirelens } from './firelens-spec.js';
import { logRouterOf, routerFirst } from './firelens-task.js';
import { routerConfig, routerProblem } from './router-config.js';

const TASK = 'arn:aws:ecs:us-east-1:000000000000:task/default/0123456789abcdef0123456789abcdef';
const routed = (name: string, options: Record<string, string> = { Name: 'stdout' }, more: Partial<ContainerDefinition> = {}) =>
  container({ name, logConfiguration: { logDriver: 'awsfirelens', options }, ...more });
const router = (type = 'fluentbit', options: Record<string, string> = {}) =>
  container({ name: 'log-router', firelensConfiguration: { type, options } });
const task = (containers: ContainerDefinition[], more: Partial<TaskDefinitionPayload> = {}): TaskDefinitionPayload => ({
  ...definitionOf(containers),
  family: 'shop',
  revision: 3,
  ...more,
});
const configOf = (definition: TaskDefinitionPayload) =>
  routerConfig(definition, logRouterOf(definition)!, { clusterName: 'default', taskArn: TASK });
const problemOf = (definition: TaskDefinitionPayload) => routerProblem(definition, logRouterOf(definition));

describe('the configuration of a log router', () => {
  it('of fluent-bit has the inputs, the metadata, patterns and an output for each routed container', () => {
    const options = {
      Name: 'http',
      Host: 'lines.example',
      'include-pattern': '^a',
      'exclude-pattern': 'b$',
      'log-driver-buffer-limit': '1',
    };
    expect(configOf(task([router(), routed('web', options), container({ name: 'plain' })]))).toBe(
      `[INPUT]
    Name forward
    unix_path /var/run/fluent.sock

[INPUT]
    Name forward
    Listen 0.0.0.0
    Port 24224

[INPUT]
    Name tcp
    Tag firelens-healthcheck
    Listen 127.0.0.1
    Port 8877

[FILTER]
    Name record_modifier
    Match *
    Record ecs_cluster default
    Record ecs_task_arn ${TASK}
    Record ecs_task_definition shop:3

[FILTER]
    Name grep
    Match web-firelens*
    Regex log ^a

[FILTER]
    Name grep
    Match web-firelens*
    Exclude log b$

[OUTPUT]
    Name null
    Match firelens-healthcheck

[OUTPUT]
    Name http
    Match web-firelens*
    Host lines.example
`,
    );
  });

  it('of fluentd has the same in its own words', () => {
    const options = { '@type': 'stdout', 'include-pattern': '^a' };
    expect(configOf(task([router('fluentd'), routed('web', options)]))).toBe(
      `<source>
    @type unix
    path /var/run/fluent.sock
</source>

<source>
    @type forward
    bind 0.0.0.0
    port 24224
</source>

<filter **>
    @type record_transformer
    <record>
        ecs_cluster default
        ecs_task_arn ${TASK}
        ecs_task_definition shop:3
    </record>
</filter>

<filter web-firelens**>
    @type grep
    <regexp>
        key log
        pattern ^a
    </regexp>
</filter>

<match web-firelens**>
    @type stdout
</match>
`,
    );
  });

  it('adds no metadata, and includes a file of the image, where its options say so', () => {
    const options = { 'enable-ecs-log-metadata': 'false', 'config-file-type': 'file', 'config-file-value': '/extra.conf' };
    const text = configOf(task([router('fluentbit', options), routed('web', {})]));
    expect(text).not.toContain('record_modifier');
    expect(text).toContain('@INCLUDE /extra.conf\n');
    expect(text.match(/\[OUTPUT\]/g)).toHaveLength(1);
  });

  it('listens to the task alone where it has a network of its own, and opens no port of the host', () => {
    const of = (networkMode: string) =>
      configOf(task([router(), routed('web')], { networkMode } as Partial<TaskDefinitionPayload>));
    expect(of('awsvpc')).toContain('Listen 127.0.0.1\n    Port 24224');
    expect(of('host')).not.toContain('24224');
  });

  it.each<[string, TaskDefinitionPayload, string | undefined]>([
    ['a router and what it routes', task([router(), routed('web')]), undefined],
    ['no router', task([routed('web')]), 'the log driver awsfirelens needs a container with a firelensConfiguration'],
    ['no output', task([router(), routed('web', {})]), 'container web: missing output option Name'],
    ['no output of fluentd', task([router('fluentd'), routed('web')]), 'missing output option @type'],
    ['a file in S3', task([router('fluentbit', { 'config-file-type': 's3' }), routed('web')]), "config-file-type 's3'"],
    ['a file without a name', task([router('fluentbit', { 'config-file-type': 'file' }), routed('web')]), 'config-file-value'],
  ])('of %s', (_what, definition, words) => {
    if (words === undefined) expect(problemOf(definition)).toBeUndefined();
    else expect(problemOf(definition)).toContain(words);
  });
});

describe('a task with a log router', () => {
  const specOf = (name: string, definition: TaskDefinitionPayload) => {
    const of = definition.containerDefinitions.find((one) => one.name === name)!;
    const hex = () => 'ff';
    const context = {
      taskArn: TASK,
      clusterName: 'default',
      journalId: 'j',
      instanceId: 'i',
      hex,
      addresses: [],
      fixedAddresses: [],
      dynamicPorts: [],
    };
    return withFirelens(containerSpec(of, definition, context), of, definition, { taskArn: TASK, hex, directory: '/data/t' });
  };

  it('starts it before those whose lines it routes, and no others', () => {
    const dependsOn = [{ containerName: 'log-router', condition: 'HEALTHY' as const }];
    const { containerDefinitions } = routerFirst(
      task([routed('web'), routed('own', undefined, { dependsOn }), container({ name: 'plain' }), router()]),
    );
    expect(containerDefinitions.map((one) => one.dependsOn ?? [])).toEqual([
      [{ containerName: 'log-router', condition: 'START' }],
      dependsOn,
      [],
      [],
    ]);
  });

  it('gives the router its configuration and the place of its socket', () => {
    expect(specOf('log-router', task([router(), routed('web')])).mounts).toEqual([
      { source: '/data/t/config/fluent.conf', target: '/fluent-bit/etc/fluent-bit.conf', readOnly: false },
      { source: '/data/t/socket', target: '/var/run', readOnly: false },
    ]);
    expect(specOf('log-router', task([router('fluentd'), routed('web')])).mounts[0]!.target).toBe('/fluentd/etc/fluent.conf');
  });

  it('has the engine write into the socket, and tells where the port is', () => {
    const spec = specOf('web', task([router(), routed('web', { Name: 'null', 'log-driver-buffer-limit': '1048576' })]));
    expect(spec.logging).toEqual({
      driver: 'fluentd',
      options: {
        'fluentd-address': 'unix:///data/t/socket/fluent.sock',
        'fluentd-async': 'true',
        'fluentd-sub-second-precision': 'true',
        'fluentd-buffer-limit': '1048576',
        tag: 'web-firelens-0123456789abcdef0123456789abcdef',
      },
    });
    expect(spec.environment).toEqual(expect.arrayContaining(['FLUENT_HOST=log-router', 'FLUENT_PORT=24224']));
    expect(spec.links).toEqual(['ecs-shop-3-log-router-ff:log-router']);
    expect(specOf('plain', task([router(), container({ name: 'plain' })])).logging?.driver).toBe('json-file');
  });
});
