import { RegistryWorld } from '../../../../test/support/registry-world.js';

/** Every field that ECS's model has for a container. */
const web = {
  name: 'web',
  image: 'registry.example/web@sha256:' + 'a'.repeat(64),
  repositoryCredentials: { credentialsParameter: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x' },
  cpu: 10,
  memory: 64,
  memoryReservation: 32,
  links: ['side:alias'],
  portMappings: [
    { containerPort: 80, hostPort: 8080, protocol: 'tcp', name: 'http', appProtocol: 'http' },
    { containerPortRange: '9000-9010', protocol: 'udp' },
  ],
  essential: true,
  restartPolicy: { enabled: true, ignoredExitCodes: [0, 5], restartAttemptPeriod: 60 },
  entryPoint: ['sh', '-c'],
  command: ['echo', 'hi'],
  environment: [{ name: 'B', value: '' }],
  environmentFiles: [{ value: 'arn:aws:s3:::bucket/x.env', type: 's3' }],
  mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly: true }],
  volumesFrom: [{ sourceContainer: 'side', readOnly: false }],
  linuxParameters: {
    capabilities: { add: ['SYS_ADMIN'], drop: ['MKNOD'] },
    devices: [{ hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: ['read', 'write', 'mknod'] }],
    initProcessEnabled: true,
    sharedMemorySize: 64,
    tmpfs: [{ containerPath: '/t', size: 10, mountOptions: ['rw'] }],
    maxSwap: 0,
    swappiness: 60,
  },
  secrets: [{ name: 'S', valueFrom: 'arn:aws:ssm:eu-central-1:111122223333:parameter/x' }],
  dependsOn: [{ containerName: 'side', condition: 'START' }],
  startTimeout: 30,
  stopTimeout: 20,
  versionConsistency: 'enabled',
  hostname: 'h',
  user: 'u:g',
  workingDirectory: '/w',
  disableNetworking: false,
  privileged: true,
  readonlyRootFilesystem: true,
  dnsServers: ['10.0.0.1'],
  dnsSearchDomains: ['x.y'],
  extraHosts: [{ hostname: 'e', ipAddress: '10.0.0.2' }],
  dockerSecurityOptions: ['no-new-privileges'],
  interactive: true,
  pseudoTerminal: true,
  dockerLabels: { l: 'v' },
  ulimits: [{ name: 'nofile', softLimit: 10, hardLimit: 20 }],
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-group': 'g', 'awslogs-region': 'r' },
    secretOptions: [{ name: 'so', valueFrom: 'x' }],
  },
  healthCheck: { command: ['CMD', 'true'], interval: 10, timeout: 3, retries: 2, startPeriod: 5 },
  systemControls: [{ namespace: 'net.core.somaxconn', value: '1' }],
  resourceRequirements: [{ type: 'GPU', value: '1' }],
  firelensConfiguration: { type: 'fluentbit', options: { a: 'b' } },
  credentialSpecs: ['credentialspec:x'],
};

/** Every field of RegisterTaskDefinition beside its tags. */
const full = {
  family: 'full',
  taskRoleArn: 'arn:aws:iam::111122223333:role/task',
  executionRoleArn: 'arn:aws:iam::111122223333:role/execution',
  networkMode: 'bridge',
  containerDefinitions: [web, { name: 'side', image: 'busybox', memory: 16 }],
  volumes: [
    { name: 'data', host: { sourcePath: '/x' } },
    {
      name: 'docker',
      dockerVolumeConfiguration: {
        scope: 'shared',
        autoprovision: true,
        driver: 'local',
        driverOpts: { a: 'b' },
        labels: { c: 'd' },
      },
    },
    {
      name: 'efs',
      efsVolumeConfiguration: {
        fileSystemId: 'fs-1',
        rootDirectory: '/',
        transitEncryption: 'ENABLED',
        transitEncryptionPort: 2049,
        authorizationConfig: { accessPointId: 'fsap', iam: 'ENABLED' },
      },
    },
    {
      name: 'fsx',
      fsxWindowsFileServerVolumeConfiguration: {
        fileSystemId: 'fs-1',
        rootDirectory: '/',
        authorizationConfig: { credentialsParameter: 'arn', domain: 'd' },
      },
    },
    { name: 'ebs', configuredAtLaunch: true },
  ],
  placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.os-type == linux' }],
  requiresCompatibilities: ['EC2'],
  cpu: '512',
  memory: '1024',
  pidMode: 'task',
  ipcMode: 'task',
  proxyConfiguration: { type: 'APPMESH', containerName: 'side', properties: [{ name: 'a', value: 'b' }] },
  inferenceAccelerators: [{ deviceName: 'd', deviceType: 't' }],
  ephemeralStorage: { sizeInGiB: 30 },
  runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
  enableFaultInjection: true,
};

/** What ECS adds to a definition: the only members that a copy of it has to leave out. */
const ADDED = [
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
] as const;

describe('a task definition with every field', () => {
  it('is described as it was registered', () => {
    const world = new RegistryWorld();
    const tags = [{ key: 'a', value: 'b' }];
    const registered = world.ok('RegisterTaskDefinition', { ...full, tags });
    expect(registered).toMatchObject({ taskDefinition: full, tags });
    expect(world.ask('DescribeTaskDefinition', { taskDefinition: 'full', include: ['TAGS'] })).toEqual(registered);
    expect(world.ask('DescribeTaskDefinition', { taskDefinition: 'full:1' })).toEqual({
      taskDefinition: registered.taskDefinition,
    });
  });

  it('can be registered again from its description, as deployment scripts do, and stays the same', () => {
    const world = new RegistryWorld();
    const { taskDefinition } = world.ok('RegisterTaskDefinition', full);
    const copy = Object.fromEntries(Object.entries(taskDefinition).filter(([name]) => !ADDED.includes(name as never)));
    const again = world.ok('RegisterTaskDefinition', copy).taskDefinition;
    expect(again).toMatchObject({ ...copy, revision: 2 });
    expect(Object.keys(again).sort()).toEqual(Object.keys(taskDefinition).sort());
  });
});
