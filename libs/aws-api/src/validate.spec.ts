import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Constraint, Member, ServiceModel, Shape, StructureShape } from './model.js';
import { ServiceCatalog } from './service-catalog.js';
import { checkInput } from './validate.js';

const catalog = new ServiceCatalog();
const check = (operation: string, raw: unknown, service = 'ecs') => {
  const model = catalog.named(service)!;
  return checkInput(model.operation(operation)!.input, raw, model.validationErrorCode, model);
};
const rejectionOf = (operation: string, raw: unknown) => {
  const checked = check(operation, raw);
  return 'rejection' in checked ? `${checked.rejection.code}: ${checked.rejection.message}` : 'accepted';
};

describe('a document', () => {
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`) as unknown;
  const hook = (hookDetails: unknown) => ({ serviceName: 's', deploymentConfiguration: { lifecycleHooks: [{ hookDetails }] } });

  it('is taken as it is, and refused when it is so deep that writing it would fail', () => {
    expect(rejectionOf('CreateService', hook({ a: nested(50) }))).toBe('accepted');
    expect(rejectionOf('CreateService', hook(nested(100_000)))).toMatch(/^SerializationException: .*a Document of 100 levels/);
  });
});

describe('what is accepted', () => {
  it('comes out as it went in', () => {
    const raw = { taskDefinition: 'web:1', count: 2, tags: [{ key: 'a', value: '' }], overrides: { cpu: '1' } };
    expect(check('RunTask', raw)).toEqual({ input: raw });
  });

  it('loses members that the model does not know, and nulls', () => {
    expect(check('RunTask', { taskDefinition: 'web:1', toString: 1, group: null, overrides: { nope: 1 } })).toEqual({
      input: { taskDefinition: 'web:1', overrides: {} },
    });
  });

  it('keeps any key of a map', () => {
    const dockerLabels = JSON.parse('{"__proto__":"a","constructor":"b"}') as object;
    const checked = check('RegisterTaskDefinition', { family: 'f', containerDefinitions: [{ dockerLabels }] });
    const [container] = (checked as { input: { containerDefinitions: [{ dockerLabels: object }] } }).input.containerDefinitions;
    expect(Object.entries(container.dockerLabels)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it.each([
    [1795345375.886, '2026-11-22T11:02:55.886Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    ['2026-11-22T11:02:55Z', '2026-11-22T11:02:55.000Z'],
  ])('has its instants as ISO-8601 with milliseconds: %p', (given, instant) => {
    const raw = { cluster: 'c', task: 't', status: 'RUNNING', executionStoppedAt: given };
    expect(check('SubmitTaskStateChange', raw)).toMatchObject({ input: { executionStoppedAt: instant } });
  });
});

describe('what cannot be decoded', () => {
  it.each([
    ['RunTask', { taskDefinition: 'a', count: '2' }, "STRING_VALUE can not be converted to an Integer at 'count'"],
    ['RunTask', { taskDefinition: 'a', count: 2.5 }, "DECIMAL_VALUE can not be converted to an Integer at 'count'"],
    ['RunTask', { taskDefinition: 'a', count: 2 ** 31 }, "NUMBER_VALUE can not be converted to an Integer at 'count'"],
    ['RunTask', { taskDefinition: 5 }, "NUMBER_VALUE can not be converted to a String at 'taskDefinition'"],
    ['RunTask', { taskDefinition: 'a', tags: {} }, "START_OBJECT can not be converted to a List at 'tags'"],
    ['RunTask', { taskDefinition: 'a', tags: ['x'] }, "STRING_VALUE can not be converted to a Structure at 'tags.1.member'"],
    ['RunTask', { taskDefinition: 'a', tags: [null] }, "NULL_VALUE can not be converted to a Structure at 'tags.1.member'"],
    [
      'RunTask',
      { taskDefinition: 'a', enableECSManagedTags: 'yes' },
      "STRING_VALUE can not be converted to a Boolean at 'enableECSManagedTags'",
    ],
    ['RunTask', [], 'START_ARRAY can not be converted to a Structure'],
    ['RunTask', null, 'NULL_VALUE can not be converted to a Structure'],
    [
      'SubmitTaskStateChange',
      { executionStoppedAt: 1e300 },
      "NUMBER_VALUE can not be converted to a Timestamp at 'executionStoppedAt'",
    ],
  ])('%s %j', (operation, raw, message) => {
    expect(rejectionOf(operation, raw)).toBe(`SerializationException: ${message}`);
  });
});

describe('what the model forbids', () => {
  const ECS = 'InvalidParameterException';
  it.each([
    [
      'RunTask',
      {},
      "1 validation error detected: Value null at 'taskDefinition' failed to satisfy constraint: Member must not be null",
    ],
    [
      'RunTask',
      { taskDefinition: 'a', tags: [{ key: '', value: 'v'.repeat(257) }] },
      `2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '${'v'.repeat(257)}' at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256`,
    ],
    [
      'CreateCluster',
      { tags: Array.from({ length: 51 }, (_, i) => ({ key: `k${i}` })) },
      "1 validation error detected: Value '[51 elements]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
    ],
    [
      'RunTask',
      { taskDefinition: 'a', capacityProviderStrategy: [{ capacityProvider: 'p', weight: 1001 }] },
      "1 validation error detected: Value '1001' at 'capacityProviderStrategy.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
  ])('%s %j', (operation, raw, message) => expect(rejectionOf(operation, raw)).toBe(`${ECS}: ${message}`));

  it('is said of each member by its name with a small letter, as AWS does for all its services', () => {
    const said = (operation: string, raw: unknown, service: string) => {
      const checked = check(operation, raw, service);
      return 'rejection' in checked ? checked.rejection.message : checked;
    };
    expect(said('CreateTargetGroup', { Name: 'a', HealthCheckProtocol: '/HTTP' }, 'elasticloadbalancing')).toContain(
      "1 validation error detected: Value '/HTTP' at 'healthCheckProtocol' failed to satisfy constraint: Member must satisfy enum",
    );
    expect(said('ListSecrets', { Filters: [{ Key: 'colour', Values: ['red'] }] }, 'secretsmanager')).toContain(
      "Value 'colour' at 'filters.1.member.key' failed",
    );
  });

  it('is said of a list whole, with its elements, and of what each of them has to be', () => {
    const named = (Names: readonly string[]) => check('GetParameters', { Names }, 'ssm');
    const names = 'abcdefghijk'.split('');
    expect(named(names)).toMatchObject({
      rejection: {
        code: 'ValidationException',
        message:
          "1 validation error detected: Value '[a, b, c, d, e, f, g, h, i, j, k]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10",
      },
    });
    const label = 'l'.repeat(101);
    expect(check('LabelParameterVersion', { Name: 'a', Labels: ['fine', label] }, 'ssm')).toMatchObject({
      rejection: {
        message: `1 validation error detected: Value '[fine, ${label}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]`,
      },
    });
  });

  it('is said of a map whole, with its entries', () => {
    const text: Member = { shape: { kind: 'string' }, wireName: 'value', flattened: false, required: false, sensitive: false };
    const colours: Member = { ...text, shape: { kind: 'map', key: text, value: { ...text, constraint: { enum: ['red'] } } } };
    const shape: StructureShape = { kind: 'structure', name: 'Paint', members: new Map([['Colours', colours]]) };
    expect(checkInput(shape, { Colours: { Door: 'red', Wall: 'blue' } }, 'ValidationError')).toMatchObject({
      rejection: {
        message:
          "1 validation error detected: Value '{Door=red, Wall=blue}' at 'colours' failed to satisfy constraint: Map value must satisfy constraint: [Member must satisfy enum value set: [red]]",
      },
    });
  });

  it('repeats no secret: not an element of a list of them, nor a list that is one', () => {
    const text: Member = { shape: { kind: 'string' }, wireName: 'value', flattened: false, required: false, sensitive: false };
    const secret: Member = { ...text, sensitive: true };
    const listOf = (element: Member, more: object = {}): Member => ({ ...text, shape: { kind: 'list', element }, ...more });
    const red: Constraint = { enum: ['red'] };
    for (const Colours of [
      listOf(secret, { constraint: { max: 0 } }),
      listOf({ ...secret, constraint: red }),
      listOf({ ...text, constraint: red }, { sensitive: true }),
    ]) {
      const shape: StructureShape = { kind: 'structure', name: 'Paint', members: new Map([['Colours', Colours]]) };
      expect(checkInput(shape, { Colours: ['hidden'] }, 'ValidationError')).toMatchObject({
        rejection: { message: expect.stringMatching(/^1 validation error detected: Value at 'colours' failed to satisfy/) },
      });
    }
  });

  it('repeats a value, but not what would fill a screen with it', () => {
    const name = 'n'.repeat(5_000);
    const checked = check('CreateLogGroup', { logGroupName: name }, 'logs');
    expect(checked).toMatchObject({ rejection: { message: expect.stringContaining(`Value '${'n'.repeat(2_048)}…' at`) } });
  });

  it.each([
    ['tesT', "must satisfy regular expression '"],
    ['a', 'must have length greater than or equal to 2'],
  ])('is said in words of its own by ECR: %s', (repositoryName, complaint) => {
    expect(check('CreateRepository', { repositoryName }, 'ecr')).toMatchObject({
      rejection: {
        code: 'InvalidParameterException',
        message: expect.stringContaining(`Invalid parameter at 'repositoryName' failed to satisfy constraint: '${complaint}`),
      },
    });
  });

  it('is said in twenty sentences at most', () => {
    const tags = Array.from({ length: 50 }, () => ({ key: 'k'.repeat(129) }));
    expect(rejectionOf('CreateCluster', { tags })).toContain('20 validation errors detected');
  });

  it('has the code that the service has for it', () => {
    const checked = check('DeleteAccessKey', {}, 'longshore');
    expect(checked).toMatchObject({ rejection: { code: 'ValidationException', status: 400 } });
  });

  it('names the roles that a key can have', () => {
    expect(check('CreateAccessKey', { role: 'king' }, 'longshore')).toMatchObject({
      rejection: { message: expect.stringContaining('Member must satisfy enum value set: [admin, deploy, read]') },
    });
  });
});

describe('what is too long or has other characters than its documentation allows', () => {
  const web = { taskDefinition: 'web' };
  it.each([
    ['RunTask', { ...web, startedBy: 's'.repeat(129) }, 'startedBy longer than 128.'],
    ['StartTask', { ...web, containerInstances: [], startedBy: 'the night watch' }, 'startedBy contains invalid characters.'],
    ['RunTask', { ...web, clientToken: 't'.repeat(65) }, 'clientToken longer than 64.'],
    ['RunTask', { ...web, clientToken: 'é' }, 'clientToken contains invalid characters.'],
    ['CreateService', { serviceName: 'a', clientToken: 't'.repeat(37) }, 'clientToken longer than 36.'],
    ['RunTask', { ...web, referenceId: 'r'.repeat(1_025) }, 'referenceId longer than 1024.'],
    [
      'RunTask',
      { ...web, placementConstraints: [{ type: 'memberOf', expression: 'e'.repeat(2_001) }] },
      'expression longer than 2000.',
    ],
  ])('%s %j', (operation, raw, sentence) => {
    expect(rejectionOf(operation, raw)).toBe(`InvalidParameterException: ${sentence}`);
  });

  it('is taken up to there', () => {
    const raw = { ...web, startedBy: `ecs-svc/${'1'.repeat(120)}`, clientToken: '!'.repeat(64) };
    expect(check('RunTask', raw)).toEqual({ input: raw });
  });
});

describe('an enum of ECS says its own sentence', () => {
  it.each([
    ['DescribeClusters', { include: ['MOON'] }, 'include should be one of [ATTACHMENTS,SETTINGS,STATISTICS,TAGS]'],
    ['DescribeServices', { services: ['a'], include: ['MOON'] }, 'include should be one of [TAGS]'],
    ['RunTask', { taskDefinition: 'a', launchType: 'MOON' }, 'launch type should be one of [EC2,FARGATE,EXTERNAL]'],
    ['CreateService', { serviceName: 'a', launchType: 'MOON' }, 'launch type should be one of [EC2,FARGATE,EXTERNAL]'],
    ['CreateService', { serviceName: 'a', schedulingStrategy: 'MOON' }, 'scheduling strategy should be one of [REPLICA,DAEMON]'],
    ['ListTasks', { desiredStatus: 'MOON' }, 'desired status should be one of [RUNNING,PENDING,STOPPED]'],
    [
      'RunTask',
      { taskDefinition: 'a', placementStrategy: [{ type: 'MOON' }] },
      'placement strategy type should be one of [random,spread,binpack]',
    ],
    [
      'RegisterTaskDefinition',
      { family: 'a', containerDefinitions: [], networkMode: 'MOON' },
      'network mode should be one of [bridge,host,awsvpc,none]',
    ],
  ])('%s %j', (operation, raw, sentence) => {
    expect(rejectionOf(operation, raw)).toBe(`InvalidParameterException: ${sentence}`);
  });

  it('and so do all others that ECS has', () => {
    const silent = enumPaths(catalog.named('ecs')!).filter(
      ([, { sentences }]) => !/^[a-z0-9 ]+ should be one of \[/.test(sentences?.enum ?? ''),
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });
});

/** Every enum below the inputs that the gateway checks. */
function enumPaths(model: ServiceModel): [path: string, constraint: Constraint][] {
  const seen = new Set<Shape>();
  const found: [string, Constraint][] = [];
  const visit = (shape: Shape, path: string): void => {
    if (seen.has(shape)) return;
    seen.add(shape);
    const members = 'members' in shape ? [...shape.members] : 'element' in shape ? [['[]', shape.element] as const] : [];
    for (const [name, { shape: inner, constraint }] of members) {
      if (constraint?.enum) found.push([`${path}.${name}`, constraint]);
      visit(inner, `${path}.${name}`);
    }
  };
  for (const name of model.operationNames()) visit(model.operation(name)!.input, name);
  return found;
}

describe('an empty string says "not given"', () => {
  it.each([
    [
      'RunTask',
      { taskDefinition: 'a', cluster: '', launchType: '', clientToken: '', startedBy: '', propagateTags: '' },
      { taskDefinition: 'a' },
    ],
    ['ListTasks', { cluster: '', family: '', serviceName: '', nextToken: '', desiredStatus: '' }, {}],
    [
      'CreateService',
      { serviceName: 'a', cluster: '', taskDefinition: 'b', role: '' },
      { serviceName: 'a', taskDefinition: 'b' },
    ],
    ['DescribeClusters', { include: ['TAGS', ''] }, { include: ['TAGS'] }],
    [
      'RegisterTaskDefinition',
      {
        family: 'f',
        taskRoleArn: '',
        executionRoleArn: '',
        networkMode: '',
        pidMode: '',
        ipcMode: '',
        requiresCompatibilities: [''],
        containerDefinitions: [
          { name: 'a', image: 'b', user: '', links: [''], portMappings: [{ containerPort: 80, name: '', protocol: '' }] },
        ],
      },
      {
        family: 'f',
        requiresCompatibilities: [],
        containerDefinitions: [{ name: 'a', image: 'b', links: [], portMappings: [{ containerPort: 80 }] }],
      },
    ],
  ])('%s %j', (operation, raw, input) => expect(check(operation, raw)).toEqual({ input }));

  it.each([
    ['RepositoryCredentials.credentialsParameter', { repositoryCredentials: { credentialsParameter: '' } }],
    ['Secret.name', { logConfiguration: { logDriver: 'json-file', secretOptions: [{ name: '', valueFrom: 'a' }] } }],
    ['EnvironmentFile.value', { environmentFiles: [{ type: 's3', value: '' }] }],
    ['Device.hostPath', { linuxParameters: { devices: [{ hostPath: '' }] } }],
  ])('and is none where a value is a must: %s', (what, container) => {
    const raw = { family: 'f', containerDefinitions: [container] };
    expect(rejectionOf('RegisterTaskDefinition', raw)).toBe(`InvalidParameterException: ${what} should not be null or empty.`);
  });

  it('and to the service longshore', () => {
    expect(check('Explain', { task: 'a', service: '', cluster: '' }, 'longshore')).toEqual({ input: { task: 'a' } });
  });

  it.each([
    [{ environment: [{ name: 'A', value: '' }] }],
    [{ command: ['sh', '-c', ''] }],
    [{ entryPoint: [''] }],
    [{ healthCheck: { command: ['CMD', 'test', ''] } }],
    [{ dockerLabels: { a: '' } }],
    [{ logConfiguration: { logDriver: 'json-file', options: { tag: '' } } }],
    [{ systemControls: [{ namespace: 'net.ipv4.ip_local_reserved_ports', value: '' }] }],
  ])('but not where it is a value: %j', (container) => {
    const raw = { family: 'f', containerDefinitions: [container] };
    expect(check('RegisterTaskDefinition', raw)).toEqual({ input: raw });
  });

  it.each([
    ['TagResource', { resourceArn: 'a', tags: [{ key: 'k', value: '' }] }],
    ['DescribeTasks', { tasks: [''] }],
    ['DescribeClusters', { clusters: [''] }],
    ['DescribeTaskDefinition', { taskDefinition: '' }],
  ])('nor where a value is a must or a thing is named: %s %j', (operation, raw) => {
    expect(check(operation, raw)).toEqual({ input: raw });
  });
});

it('says where as AWS does: members with a small first letter, whoever writes them with a capital; keys as they are', () => {
  const said = (service: string, operation: string, raw: object) =>
    (check(operation, raw, service) as { rejection: { message: string } }).rejection.message;
  const policy = { PolicyName: 'p', ServiceNamespace: 'ecs', ResourceId: 'r', ScalableDimension: 'ecs:service:DesiredCount' };
  expect(said('application-autoscaling', 'PutScalingPolicy', { ...policy, PolicyType: 'ABCDEFG' })).toMatch(
    /^1 validation error detected: Value 'ABCDEFG' at 'policyType' failed to satisfy constraint: Member must satisfy enum value set: /,
  );
  const datum = { MetricName: 'm', Value: 1, Unit: 'Foo' };
  expect(said('monitoring', 'PutMetricData', { Namespace: 'n', MetricData: [datum] })).toContain(
    "Value 'Foo' at 'metricData.1.member.unit' failed",
  );
});

it('answers anything at all with an input or a rejection', () => {
  fc.assert(
    fc.property(fc.constantFrom(...catalog.named('ecs')!.operationNames()), fc.jsonValue(), (operation, raw) => {
      const checked = check(operation, raw);
      expect('input' in checked || checked.rejection.status === 400).toBe(true);
    }),
    { numRuns: 500 },
  );
});

describe('a number that is not finite', () => {
  it.each(['NaN', 'Infinity', '-Infinity', Infinity])('is refused as the service does: %p', (Value) => {
    const model = catalog.named('monitoring')!;
    const put = model.operation('PutMetricData')!.input;
    const raw = {
      Namespace: 'n',
      MetricData: [
        { MetricName: 'm', Value: 1 },
        { MetricName: 'm', Values: [1, Value] },
      ],
    };
    expect(checkInput(put, raw, model.validationErrorCode, model)).toEqual({
      rejection: {
        code: 'InvalidParameterValueException',
        message: `The value ${Value} for parameter MetricData.member.2.Values.member.2 is invalid.`,
        status: 400,
      },
    });
  });
});
