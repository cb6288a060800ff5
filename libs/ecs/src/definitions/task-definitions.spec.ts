import { ACCOUNT, RegistryWorld, REGION } from '../../../../test/support/registry-world.js';

const arn = (name: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/${name}`;
const web = { name: 'web', image: 'nginx', memory: 64 };
const definition = (change: object = {}, container: object = {}) => ({
  family: 'site',
  containerDefinitions: [{ ...web, ...container }],
  ...change,
});
/** A second container beside an essential "web". */
const beside = (second: object, first: object = {}) => ({
  family: 'site',
  containerDefinitions: [
    { ...web, ...first },
    { name: 'side', image: 'busybox', memory: 16, ...second },
  ],
});
const efs = (configuration: object) =>
  definition({ volumes: [{ name: 'files', efsVolumeConfiguration: { fileSystemId: 'fs-1', ...configuration } }] });

describe('registering a task definition', () => {
  let world: RegistryWorld;
  beforeEach(() => (world = new RegistryWorld()));

  it('fills in ECS’s defaults and computes what placement needs', () => {
    const input = definition({}, { portMappings: [{ containerPort: 80 }], healthCheck: { command: ['CMD-SHELL', 'true'] } });
    expect(world.ok('RegisterTaskDefinition', input)).toEqual({
      taskDefinition: {
        taskDefinitionArn: arn('site:1'),
        family: 'site',
        revision: 1,
        status: 'ACTIVE',
        containerDefinitions: [
          {
            ...web,
            cpu: 0,
            essential: true,
            environment: [],
            mountPoints: [],
            volumesFrom: [],
            systemControls: [],
            portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
            healthCheck: { command: ['CMD-SHELL', 'true'], interval: 30, timeout: 5, retries: 3 },
          },
        ],
        volumes: [],
        placementConstraints: [],
        compatibilities: ['EC2', 'EXTERNAL'],
        requiresAttributes: expect.arrayContaining([{ name: 'ecs.capability.container-health-check' }]),
        registeredAt: world.at,
        registeredBy: `arn:aws:iam::${ACCOUNT}:root`,
      },
    });
  });

  it('drops variables without a value, and keeps empty ones', () => {
    const environment = [{ name: 'A' }, { name: 'B', value: '' }, { name: 'C', value: 'c' }];
    const { taskDefinition } = world.ok('RegisterTaskDefinition', definition({}, { environment }));
    expect(taskDefinition.containerDefinitions[0].environment).toEqual(environment.slice(1));
  });

  it('shows the root directory of an EFS volume that names none', () => {
    const { taskDefinition } = world.ok('RegisterTaskDefinition', efs({}));
    expect(taskDefinition.volumes).toEqual([
      { name: 'files', efsVolumeConfiguration: { fileSystemId: 'fs-1', rootDirectory: '/' } },
    ]);
  });

  it('counts revisions on, also past deleted ones', () => {
    for (let i = 0; i < 2; i++) world.ok('RegisterTaskDefinition', definition());
    world.ok('DeregisterTaskDefinition', { taskDefinition: 'site:2' });
    world.ok('DeleteTaskDefinitions', { taskDefinitions: ['site:2'] });
    expect(world.ok('RegisterTaskDefinition', definition()).taskDefinition.revision).toBe(3);
  });

  it('gives equal content one digest, whatever the order of its members, and other content another', () => {
    const digestOf = (input: object) => {
      world.ok('RegisterTaskDefinition', input);
      return (world.events[0]!.data as { digest: string }).digest;
    };
    const digest = digestOf(definition());
    expect(digestOf({ containerDefinitions: [{ memory: 64, image: 'nginx', name: 'web' }], family: 'site' })).toBe(digest);
    expect(digestOf(definition({ tags: [{ key: 'a', value: 'b' }] }))).toBe(digest);
    expect(digestOf(definition({}, { command: ['x'] }))).not.toBe(digest);
  });

  it('opens the container port itself in host mode', () => {
    const input = definition({ networkMode: 'host' }, { portMappings: [{ containerPort: 80 }] });
    const { taskDefinition } = world.ok('RegisterTaskDefinition', input);
    expect(taskDefinition.containerDefinitions[0].portMappings).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'tcp' }]);
  });

  it.each([
    ['1 vCPU', '0.5 GB', '1024', '512'],
    ['.25vcpu', '2gb', '256', '2048'],
    ['256', '512', '256', '512'],
  ])('reads sizes %s and %s', (cpu, memory, units, mebibytes) => {
    const { taskDefinition } = world.ok('RegisterTaskDefinition', definition({ cpu, memory }, { memory: undefined }));
    expect(taskDefinition).toMatchObject({ cpu: units, memory: mebibytes });
  });

  it.each([
    ['accepts equal memory limits', definition({}, { memoryReservation: 64 })],
    [
      'accepts dependsOn SUCCESS on a container that is not essential',
      beside({ essential: false }, { dependsOn: [{ containerName: 'side', condition: 'SUCCESS' }] }),
    ],
    [
      'accepts the same port for tcp and udp',
      definition(
        {},
        {
          portMappings: [
            { containerPort: 53, hostPort: 53 },
            { containerPort: 53, hostPort: 53, protocol: 'udp' },
          ],
        },
      ),
    ],
    [
      'accepts hostPort 0 in host mode',
      definition({ networkMode: 'host' }, { portMappings: [{ containerPort: 80, hostPort: 0 }] }),
    ],
    [
      'accepts a mounted volume',
      definition({ volumes: [{ name: 'data' }] }, { mountPoints: [{ sourceVolume: 'data', containerPath: '/d' }] }),
    ],
    ...[false, true].flatMap((autoprovision) =>
      [undefined, 'task', 'shared'].map((scope): [string, object] => [
        `accepts a Docker volume of scope ${scope ?? 'none'} with autoprovision ${autoprovision}`,
        definition({ volumes: [{ name: 'data', dockerVolumeConfiguration: { autoprovision, ...(scope ? { scope } : {}) } }] }),
      ]),
    ),
    [
      'accepts an EFS access point with the root directory that ECS shows',
      efs({ rootDirectory: '/', transitEncryption: 'ENABLED', authorizationConfig: { accessPointId: 'fsap-1' } }),
    ],
    ['accepts an image with a digest', definition({}, { image: `r.example:5000/a/b:1@sha256:${'0'.repeat(64)}` })],
    [
      'accepts every compatibility of the model',
      definition({ requiresCompatibilities: ['EC2', 'EXTERNAL', 'MANAGED_INSTANCES'] }),
    ],
    [
      'accepts relations that go one way',
      beside({
        links: ['web'],
        volumesFrom: [{ sourceContainer: 'web' }],
        dependsOn: [{ containerName: 'web', condition: 'START' }],
      }),
    ],
    ['accepts a link with an alias', beside({ links: ['web:w'] })],
  ])('%s', (_what, input) => expect(world.eventsOf('RegisterTaskDefinition', input)).toEqual(['TaskDefinitionRegistered']));

  it.each<[object, string | RegExp]>([
    [definition({ family: '' }), 'Family should not be null or empty.'],
    [definition({ family: 'a b' }), 'Family contains invalid characters.'],
    [definition({ containerDefinitions: [] }), 'Container list cannot be empty.'],
    [
      definition({ containerDefinitions: Array.from({ length: 11 }, (_, i) => ({ ...web, name: `c${i}` })) }),
      /at most 10 containers/,
    ],
    [
      definition({}, { resourceRequirements: [{ type: 'GPU', value: 'many' }] }),
      /GPU value 'many': it must be a whole number above 0/,
    ],
    [definition({}, { resourceRequirements: [{ type: 'GPU', value: '-1' }] }), /GPU value '-1'/],
    [definition({}, { linuxParameters: { swappiness: 101 } }), /'linuxParameters.swappiness' must be between 0 and 100/],
    [definition({}, { linuxParameters: { sharedMemorySize: -1 } }), /'linuxParameters.sharedMemorySize' must be between/],
    [definition({}, { linuxParameters: { tmpfs: [{ containerPath: 'tmp', size: 1 }] } }), /absolute containerPath/],
    [definition({}, { linuxParameters: { tmpfs: [{ containerPath: '/tmp', size: 0 }] } }), /'linuxParameters.tmpfs.size'/],
    [definition({}, { extraHosts: [{ hostname: '', ipAddress: '10.0.0.1' }] }), /needs a hostname and an ipAddress/],
    [
      beside({ portMappings: [{ containerPort: 1, name: 'http' }] }, { portMappings: [{ containerPort: 2, name: 'http' }] }),
      /Port mapping name 'http' is used more than once/,
    ],
    [
      definition({ volumes: [{ name: 'a', host: { sourcePath: '/a' }, efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] }),
      'When the volume parameter is specified, only one volume configuration type should be used.',
    ],
    [definition({}, { secrets: [{ name: 'PASSWORD', valueFrom: '' }] }), /needs a name and a valueFrom/],
    [definition({}, { name: '' }), 'Container.name should not be null or empty.'],
    [definition({}, { name: 'a b' }), 'Container.name contains invalid characters.'],
    [definition({}, { image: undefined }), 'Container.image should not be null or empty.'],
    [definition({}, { essential: false }), "Task definition doesn't have any essential container."],
    [beside({ name: 'web' }), /'web' is used more than once/],
    [
      definition({}, { memory: undefined }),
      "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    ],
    [definition({}, { memory: 4 }), /at least 6 MiB/],
    [definition({}, { memoryReservation: 128 }), /'memory' must be greater than 'memoryReservation'/],
    [definition({}, { portMappings: [{ hostPort: 80 }] }), "Invalid 'containerPort' setting for container 'web'."],
    [definition({}, { portMappings: [{ containerPort: 80, protocol: 'sctp' }] }), /Invalid 'protocol'/],
    [
      definition({ networkMode: 'host' }, { portMappings: [{ containerPort: 80, hostPort: 81 }] }),
      'When networkMode=host, the host ports and container ports in port mappings must match.',
    ],
    [
      beside({ portMappings: [{ containerPort: 1, hostPort: 80 }] }, { portMappings: [{ containerPort: 2, hostPort: 80 }] }),
      "TCP host port '80' is mapped multiple times in task.",
    ],
    [{ ...beside({ links: ['web'] }), networkMode: 'host' }, 'Links are not supported when networkMode=host.'],
    [beside({ links: ['web'] }, { links: ['side'] }), 'Container links should not have a cycle'],
    [
      definition({}, { dependsOn: [{ containerName: 'db', condition: 'START' }] }),
      "Cannot depend on container + 'db' because it does not exist",
    ],
    [
      beside({}, { dependsOn: [{ containerName: 'side', condition: 'COMPLETE' }] }),
      'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
    ],
    [
      beside(
        { dependsOn: [{ containerName: 'web', condition: 'START' }] },
        { dependsOn: [{ containerName: 'side', condition: 'START' }] },
      ),
      /cycle/,
    ],
    [
      beside({ dependsOn: [{ containerName: 'web', condition: 'START' }] }, { links: ['side'] }),
      "Container dependencies should not have a cycle, but have: 'web' links 'side', 'side' dependsOn 'web'.",
    ],
    [
      beside({ volumesFrom: [{ sourceContainer: 'web' }] }, { volumesFrom: [{ sourceContainer: 'side' }] }),
      /should not have a cycle, but have: '\w+' volumesFrom '\w+', '\w+' volumesFrom '\w+'\.$/,
    ],
    [
      beside({ dependsOn: [{ containerName: 'web', condition: 'START' }] }, { volumesFrom: [{ sourceContainer: 'side' }] }),
      /should not have a cycle, but have/,
    ],
    [beside({ links: ['web'] }, { volumesFrom: [{ sourceContainer: 'side' }] }), /should not have a cycle, but have/],
    [beside({ dependsOn: [{ containerName: 'web', condition: 'HEALTHY' }] }), /has no health check/],
    [definition({}, { environment: [{ name: ' ', value: 'a' }] }), 'Environment variable name cannot be null or blank.'],
    [definition({}, { environment: [{ value: 'a' }] }), 'Environment variable name cannot be null or blank.'],
    [definition({}, { image: '<IMAGE>' }), 'Container.image contains invalid characters.'],
    [definition({}, { image: 'web@sha256:abc' }), 'Container.image contains invalid characters.'],
    [definition({}, { image: 'a'.repeat(256) }), 'Container.image contains invalid characters.'],
    [definition({}, { portMappings: [{ containerPort: 80, name: 'Web' }] }), /^Invalid port mapping name 'Web'/],
    [definition({}, { portMappings: [{ containerPort: 80, name: '-web' }] }), /^Invalid port mapping name/],
    [definition({}, { portMappings: [{ containerPort: 80, name: 'w'.repeat(65) }] }), /^Invalid port mapping name/],
    [
      efs({ rootDirectory: '/data', transitEncryption: 'ENABLED', authorizationConfig: { accessPointId: 'fsap-1' } }),
      'When using an EFS access point, the root directory must either be set to "/" or be omitted.',
    ],
    [efs({ authorizationConfig: { accessPointId: 'fsap-1' } }), /transit encryption must be enabled/],
    [efs({ transitEncryption: 'DISABLED', authorizationConfig: { iam: 'ENABLED' } }), /transit encryption must be enabled/],
    [definition({}, { mountPoints: [{ containerPath: '/d' }] }), "Unknown volume ''."],
    [definition({}, { healthCheck: { command: ['CMD', 'x'], interval: 1 } }), /'healthCheck.interval' must be between 5 and 300/],
    [definition({}, { mountPoints: [{ sourceVolume: 'data', containerPath: '/d' }] }), "Unknown volume 'data'."],
    [definition({ volumes: [{ name: 'data', host: { sourcePath: '' } }] }), 'host.sourcePath should not be blank.'],
    [definition({}, { volumesFrom: [{ sourceContainer: 'db' }] }), /'db' is not another container/],
    [definition({}, { ulimits: [{ name: 'memory', softLimit: 1, hardLimit: 1 }] }), 'Unrecognized ulimit name memory'],
    [definition({ cpu: 'lots' }), /^Invalid 'cpu' setting for task\./],
    [definition({ memory: '1.5' }), /^Invalid 'memory' setting for task\./],
    [
      definition({ cpu: '256' }, { cpu: 512 }),
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    ],
    [
      definition({}, { logConfiguration: { logDriver: 'awslogs' } }),
      'Log driver awslogs requires options: awslogs-region, awslogs-group',
    ],
    [definition({ placementConstraints: [{ type: 'distinctInstance' }] }), /Use memberOf/],
    [definition({}, { command: ['x'.repeat(70_000)] }), /Max allowed length is '65536' bytes/],
  ])('%#: refuses %j', (input, message) => {
    const refusal = world.refusal('RegisterTaskDefinition', input);
    if (typeof message === 'string') expect(refusal).toBe(`ClientException: ${message}`);
    else expect(refusal.replace('ClientException: ', '')).toMatch(message);
  });

  it('refuses an expression that does not parse', () => {
    const placementConstraints = [{ type: 'memberOf', expression: 'stack ==' }];
    expect(world.refusal('RegisterTaskDefinition', definition({ placementConstraints }))).toMatch(/^InvalidParameterException/);
  });
});

describe('task definitions', () => {
  let world: RegistryWorld;
  beforeEach(() => {
    world = new RegistryWorld();
    for (let i = 0; i < 11; i++) world.ok('RegisterTaskDefinition', definition({ tags: [{ key: 'n', value: String(i + 1) }] }));
    world.ok('RegisterTaskDefinition', definition({ family: 'site-admin' }));
  });
  const described = (taskDefinition: string) => world.ask('DescribeTaskDefinition', { taskDefinition }).taskDefinition;

  it('are described by family (the latest ACTIVE), revision or ARN; tags only when asked for', () => {
    world.ok('DeregisterTaskDefinition', { taskDefinition: 'site:11' });
    expect(described('site').revision).toBe(10);
    expect(described(arn('site')).revision).toBe(10);
    expect(described('site:11')).toMatchObject({ revision: 11, status: 'INACTIVE', deregisteredAt: world.at });
    const shown = world.ask('DescribeTaskDefinition', { taskDefinition: arn('site:2'), include: ['TAGS'] });
    expect(shown.tags).toEqual([{ key: 'n', value: '2' }]);
    for (const hidden of ['digest', 'accountId', 'tags']) expect(shown.taskDefinition).not.toHaveProperty(hidden);
  });

  it.each([
    ['nope', 'ClientException: Unable to describe task definition.'],
    ['site:99', 'ClientException: Unable to describe task definition.'],
    [`arn:aws:ecs:${REGION}:999999999999:task-definition/site:1`, 'ClientException: Unable to describe task definition.'],
    ['site:foo', 'InvalidParameterException: Invalid revision number. Number: foo'],
  ])('%s is not described', (taskDefinition, message) =>
    expect(world.askRefusal('DescribeTaskDefinition', { taskDefinition })).toBe(message),
  );

  it('of another account are not seen', () => {
    const who = { accountId: '999999999999' };
    expect(world.askRefusal('DescribeTaskDefinition', { taskDefinition: arn('site:1') }, who)).toMatch(/Unable to describe/);
    expect(world.ask('ListTaskDefinitions', {}, who).taskDefinitionArns).toEqual([]);
    expect(world.ask('ListTaskDefinitionFamilies', {}, who).families).toEqual([]);
  });

  it('are deregistered by revision only, once', () => {
    expect(world.refusal('DeregisterTaskDefinition', { taskDefinition: 'site' })).toBe('ClientException: Revision is missing.');
    expect(world.refusal('DeregisterTaskDefinition', { taskDefinition: 'site:99' })).toMatch(/does not exist/);
    expect(world.eventsOf('DeregisterTaskDefinition', { taskDefinition: 'site:3' })).toEqual(['TaskDefinitionDeregistered']);
    expect(world.eventsOf('DeregisterTaskDefinition', { taskDefinition: 'site:3' })).toEqual([]);
  });

  it('are deleted once INACTIVE; the rest are failures', () => {
    world.ok('DeregisterTaskDefinition', { taskDefinition: 'site:3' });
    const reply = world.ok('DeleteTaskDefinitions', { taskDefinitions: ['site:3', 'site:4', 'site:99', 'site'] });
    expect(reply.taskDefinitions).toMatchObject([{ revision: 3, status: 'DELETE_IN_PROGRESS' }]);
    expect(reply.failures).toEqual([
      {
        arn: arn('site:4'),
        reason: 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      },
      {
        arn: arn('site:99'),
        reason: 'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
      },
      { arn: 'site', reason: 'The specified task definition identifier is invalid. Specify a valid name or ARN and try again.' },
    ]);
    expect(world.ask('ListTaskDefinitions', { status: 'DELETE_IN_PROGRESS' }).taskDefinitionArns).toEqual([arn('site:3')]);
  });

  it('are listed by exact family, revisions as numbers, either way', () => {
    const list = (input: object) => world.ask('ListTaskDefinitions', input);
    expect(list({ familyPrefix: 'site', sort: 'DESC', maxResults: 2 }).taskDefinitionArns).toEqual([
      arn('site:11'),
      arn('site:10'),
    ]);
    expect(list({}).taskDefinitionArns.at(-1)).toBe(arn('site-admin:1'));
    let [pages, nextToken]: [string[], string | undefined] = [[], undefined];
    do {
      const page: { taskDefinitionArns: string[]; nextToken?: string } = list({ maxResults: 5, nextToken });
      pages = [...pages, ...page.taskDefinitionArns];
      nextToken = page.nextToken;
    } while (nextToken);
    expect(pages).toEqual(list({}).taskDefinitionArns);
  });

  it('families are listed by prefix and by whether a revision is ACTIVE', () => {
    world.ok('DeregisterTaskDefinition', { taskDefinition: 'site-admin:1' });
    const families = (input: object) => world.ask('ListTaskDefinitionFamilies', input).families;
    expect(families({ familyPrefix: 'si' })).toEqual(['site', 'site-admin']);
    expect(families({ status: 'ACTIVE' })).toEqual(['site']);
    expect(families({ status: 'INACTIVE' })).toEqual(['site-admin']);
  });
});
