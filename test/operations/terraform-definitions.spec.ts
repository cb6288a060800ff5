import { checkInput } from '../../libs/aws-api/src/validate.js';
import { canonical } from '../support/terraform-attributes.js';
import { RegistryWorld } from '../support/registry-world.js';
import { inputOf } from './everything-world.js';

/**
 * A task definition that Terraform registers is read back as its configuration has it, or every later plan replaces it. On the left
 * what the provider sends (`internal/service/ecs/task_definition.go`: false and defaults included), on the right what it computes or
 * takes as its own default.
 */
type Json = Record<string, unknown>;

const CONTAINERS = [{ name: 'web', image: 'nginx:1', cpu: 10, memory: 64, essential: true }];

function readBack(sent: Json): Json {
  const world = new RegistryWorld();
  const checked = checkInput(inputOf('RegisterTaskDefinition'), { family: 'tf', containerDefinitions: CONTAINERS, ...sent }, 'x');
  if ('rejection' in checked) throw new Error(checked.rejection.message);
  world.ok('RegisterTaskDefinition', checked.input);
  const { taskDefinition, tags } = world.ask('DescribeTaskDefinition', { taskDefinition: 'tf', include: ['TAGS'] });
  return { ...taskDefinition, tags };
}

const volume = (name: string, more: object) => ({ volumes: [{ name, ...more }] });
const docker = (configuration: object) => volume('data', { dockerVolumeConfiguration: configuration });
const efs = (configuration: object) => volume('data', { efsVolumeConfiguration: { fileSystemId: 'fs-1', ...configuration } });

it.each<[what: string, sent: Json, computed?: Json]>([
  ['a volume of the host', volume('data', { host: { sourcePath: '/srv' } })],
  ['a volume without anything', volume('data', {})],
  [
    'a Docker volume of no scope',
    docker({ autoprovision: false, driver: 'local' }),
    docker({ scope: 'task', autoprovision: false, driver: 'local' }),
  ],
  ['a Docker volume of a task', docker({ scope: 'task', driver: 'local', driverOpts: { a: 'b' }, labels: { c: 'd' } })],
  ['a shared Docker volume', docker({ scope: 'shared', autoprovision: false })],
  ['an autoprovisioned one', docker({ scope: 'shared', autoprovision: true, driver: 'local' })],
  ['an EFS volume', efs({ rootDirectory: '/home', transitEncryption: 'DISABLED' })],
  ['an EFS volume at its root', efs({}), efs({ rootDirectory: '/' })],
  [
    'an EFS access point',
    efs({
      transitEncryption: 'ENABLED',
      transitEncryptionPort: 2999,
      authorizationConfig: { accessPointId: 'fsap-1', iam: 'DISABLED' },
    }),
    efs({
      rootDirectory: '/',
      transitEncryption: 'ENABLED',
      transitEncryptionPort: 2999,
      authorizationConfig: { accessPointId: 'fsap-1', iam: 'DISABLED' },
    }),
  ],
  [
    'an FSx volume',
    volume('data', {
      fsxWindowsFileServerVolumeConfiguration: {
        fileSystemId: 'fs-1',
        rootDirectory: '\\data',
        authorizationConfig: { credentialsParameter: 'arn:aws:secretsmanager:eu-central-1:1:secret:x', domain: 'd' },
      },
    }),
  ],
  ['a volume configured at launch', volume('data', { configuredAtLaunch: true })],
  ['modes', { networkMode: 'host', pidMode: 'host', ipcMode: 'host' }],
  ['sizes', { cpu: '256', memory: '512' }],
  ['roles', { taskRoleArn: 'arn:aws:iam::111122223333:role/a', executionRoleArn: 'arn:aws:iam::111122223333:role/b' }],
  [
    'a placement constraint',
    { placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone in [a, b]' }] },
  ],
  ['compatibilities', { requiresCompatibilities: ['EC2', 'EXTERNAL'] }],
  ['a platform', { runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' } }],
  ['half a platform', { runtimePlatform: { cpuArchitecture: 'ARM64' } }],
  ['ephemeral storage', { ephemeralStorage: { sizeInGiB: 30 } }],
  ['an accelerator', { inferenceAccelerators: [{ deviceName: 'd', deviceType: 'eia1.medium' }] }],
  [
    'a proxy',
    { proxyConfiguration: { type: 'APPMESH', containerName: 'web', properties: [{ name: 'ProxyIngressPort', value: '15000' }] } },
  ],
  ['fault injection', { enableFaultInjection: true }],
  ['no fault injection', { enableFaultInjection: false }],
  ['tags', { tags: [{ key: 'a', value: '' }] }],
])('%s', (_what, sent, computed = sent) => {
  const found = readBack(sent);
  for (const [name, value] of Object.entries(computed)) expect(canonical(found[name])).toBe(canonical(value));
});

/** As `containerDefinitions.reduce` of the provider: what it takes for equal. */
function reduced(container: Json): Json {
  const { portMappings, healthCheck, environment, cpu = 0, ...others } = container as Record<string, any>;
  return {
    essential: true,
    ...others,
    cpu,
    environment: (environment ?? []).toSorted((a: Json, b: Json) => (String(a.name) < String(b.name) ? -1 : 1)),
    portMappings: (portMappings ?? []).map(({ hostPort, protocol, ...mapping }: Json) => ({
      ...mapping,
      ...(hostPort ? { hostPort } : {}),
      ...(protocol && protocol !== 'tcp' ? { protocol } : {}),
    })),
    ...(healthCheck ? { healthCheck: { interval: 30, retries: 3, timeout: 5, ...healthCheck } } : {}),
  };
}

it.each<[what: string, container: Json]>([
  ['nothing but the least', {}],
  ['ports', { portMappings: [{ containerPort: 80 }, { containerPort: 53, hostPort: 5353, protocol: 'udp' }] }],
  ['a port range', { portMappings: [{ containerPortRange: '8000-8010' }] }],
  [
    'environment',
    {
      environment: [
        { name: 'B', value: 'b' },
        { name: 'A', value: '' },
      ],
    },
  ],
  ['a health check', { healthCheck: { command: ['CMD-SHELL', 'true'], startPeriod: 0 } }],
  ['empty lists', { command: [], entryPoint: [], links: [], dependsOn: [], secrets: [], ulimits: [], dnsServers: [] }],
  ['logs', { logConfiguration: { logDriver: 'json-file', options: { 'max-size': '1m' }, secretOptions: [] } }],
  ['labels', { dockerLabels: {}, hostname: 'h', user: '0', workingDirectory: '/' }],
  ['Linux parameters', { linuxParameters: { initProcessEnabled: true, capabilities: { add: ['SYS_PTRACE'], drop: [] } } }],
  ['a restart policy', { restartPolicy: { enabled: true, ignoredExitCodes: [0] } }],
  ['switches', { privileged: false, readonlyRootFilesystem: false, interactive: false, pseudoTerminal: false }],
])('a container with %s', (_what, container) => {
  const sent = { name: 'web', image: 'nginx:1', memory: 64, ...container };
  const [found] = readBack({ containerDefinitions: [sent] }).containerDefinitions as Json[];
  expect(canonical(reduced(found!))).toBe(canonical(reduced(sent)));
  // Nothing that was written is lost or changed, empty lists included.
  for (const [name, value] of Object.entries(reduced(sent))) expect(reduced(found!)[name]).toEqual(value);
});
