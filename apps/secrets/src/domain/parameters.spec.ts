import { SecretsWorld } from '../../../../test/support/secrets-world.js';

describe('parameters', () => {
  let world: SecretsWorld;
  beforeEach(() => (world = new SecretsWorld()));
  const put = (Name: string, Value: string, more: object = {}) =>
    world.ok('PutParameter', { Name, Value, Type: 'String', ...more });
  const get = async (Name: string, more: object = {}) => (await world.ok('GetParameter', { Name, ...more })).Parameter;

  it('have versions, and are overwritten only where that is said', async () => {
    expect(await put('/web/url', 'one')).toEqual({ Version: 1, Tier: 'Standard' });
    expect(await world.refusal('PutParameter', { Name: '/web/url', Value: 'two', Type: 'String' })).toBe(
      'ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
    expect(await world.ok('PutParameter', { Name: '/web/url', Value: 'two', Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await get('/web/url')).toEqual({
      Name: '/web/url',
      Type: 'String',
      Value: 'two',
      Version: 2,
      LastModifiedDate: expect.any(String),
      ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/web/url',
      DataType: 'text',
    });
    expect(await get('/web/url:1')).toMatchObject({ Value: 'one', Selector: ':1' });
    const { Parameters } = await world.ok('GetParameterHistory', { Name: '/web/url' });
    expect(Parameters.map(({ Version, Value }: any) => [Version, Value])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
  });

  it('are found by name and ARN, with and without a version or label', async () => {
    await put('plain', 'p');
    await put('/a/b', 'ab');
    const arn = 'arn:aws:ssm:us-east-1:000000000000:parameter';
    expect((await get(`${arn}/plain`)).Value).toBe('p');
    expect((await get(`${arn}/a/b:1`)).Value).toBe('ab');
    expect(await world.refusal('GetParameter', { Name: 'nope' })).toContain('ParameterNotFound');
    expect(await world.refusal('GetParameter', { Name: 'plain:9' })).toContain(
      'ParameterVersionNotFound: Systems Manager could not find version 9 of plain.',
    );
    expect(await world.refusal('GetParameter', { Name: 'plain:live' })).toContain(
      'could not find label live for parameter plain',
    );
    const many = await world.ok('GetParameters', { Names: ['plain', 'nope', '/a/b:7'] });
    expect(many.Parameters.map(({ Name }: any) => Name)).toEqual(['plain']);
    expect(many.InvalidParameters).toEqual(['nope', '/a/b:7']);
  });

  it('of type SecureString are shown as they are sealed unless somebody asks to open them', async () => {
    await put('s', 'hidden', { Type: 'SecureString' });
    expect((await get('s')).Value).not.toContain('hidden');
    expect((await get('s', { WithDecryption: true })).Value).toBe('hidden');
    const { Parameters } = await world.ok('DescribeParameters', {});
    expect(Parameters).toMatchObject([
      { Name: 's', Type: 'SecureString', KeyId: 'alias/aws/ssm', Tier: 'Standard', Policies: [] },
    ]);
    expect(Parameters[0]).not.toHaveProperty('sealed');
  });

  it('are listed below a path, on its level or on all, a page at a time', async () => {
    for (const name of ['/web/a', '/web/b', '/web/deep/c', '/webs/d', 'plain']) await put(name, name);
    const names = async (input: object) =>
      (await world.ok('GetParametersByPath', { Path: '/web', ...input })).Parameters.map(({ Name }: any) => Name);
    expect(await names({})).toEqual(['/web/a', '/web/b']);
    expect(await names({ Recursive: true })).toEqual(['/web/a', '/web/b', '/web/deep/c']);
    const { NextToken } = await world.ok('GetParametersByPath', { Path: '/web', MaxResults: 1 });
    expect(await names({ NextToken, MaxResults: 1 })).toEqual(['/web/b']);
    expect(await world.refusal('GetParametersByPath', { Path: 'web' })).toContain('ValidationException');
    expect(await world.refusal('GetParametersByPath', { Path: '/web', NextToken: 'x' })).toContain('InvalidNextToken');
  });

  it.each<[object, string[]]>([
    [{ Key: 'Name', Option: 'Equals', Values: ['/web/a'] }, ['/web/a']],
    [{ Key: 'Name', Values: ['/web/a'] }, ['/web/a']],
    [{ Key: 'Name', Option: 'BeginsWith', Values: ['/web'] }, ['/web/a', '/web/deep/c']],
    [{ Key: 'Name', Option: 'Contains', Values: ['deep'] }, ['/web/deep/c']],
    [{ Key: 'Type', Values: ['StringList'] }, ['plain']],
    [{ Key: 'Path', Values: ['/web'] }, ['/web/a']],
    [{ Key: 'Path', Option: 'Recursive', Values: ['/web'] }, ['/web/a', '/web/deep/c']],
    [{ Key: 'tag:team', Values: ['a'] }, ['/web/a']],
    [{ Key: 'tag:team' }, ['/web/a']],
  ])('are described by %j', async (filter, expected) => {
    await put('/web/a', '1', { Tags: [{ Key: 'team', Value: 'a' }] });
    await put('/web/deep/c', '2');
    await put('plain', '3,4', { Type: 'StringList' });
    const { Parameters } = await world.ok('DescribeParameters', { ParameterFilters: [filter] });
    expect(Parameters.map(({ Name }: any) => Name)).toEqual(expected);
  });

  it.each<[object[], RegExp]>([
    [[{ Key: 'Tier', Values: ['Cheap'] }], /^InvalidFilterOption: .*not valid: Cheap.*\[Standard, Advanced/],
    [[{ Key: 'Type', Values: ['String', 'Text'] }], /^InvalidFilterOption: .*not valid: Text.*SecureString\]/],
    [[{ Key: 'Path', Values: ['/web', '/ssm/x'] }], /^ValidationException: .*prefixed with "aws" or "ssm"/],
    [
      [
        { Key: 'Name', Values: ['a'] },
        { Key: 'Name', Values: ['b'] },
      ],
      /^InvalidFilterKey: .*duplicated in the request: Name/,
    ],
    [[{ Key: 'Path', Values: ['web'] }], /^ValidationException: The parameter doesn't meet the parameter name requirements/],
    [[{ Key: 'Path', Values: ['//'] }], /^ValidationException: The parameter doesn't meet the parameter name requirements/],
    [[{ Key: 'Path', Values: ['/#'] }], /^ValidationException: The parameter doesn't meet the parameter name requirements/],
    [[{ Key: 'Name' }], /^InvalidFilterValue: The following filter values are missing : null for filter key Name\.$/],
    [
      [{ Key: 'Path', Option: 'Equals', Values: ['/a'] }],
      /^InvalidFilterOption: The following filter option is not valid: Equals\. Valid options include: \[Recursive, OneLevel\]\.$/,
    ],
    [
      [{ Key: 'Label', Values: ['live'] }],
      /^InvalidFilterKey: The following filter key is not valid: Label\. Valid filter keys include: \[Path, Name, Type/,
    ],
    [[{ Key: 'Path' }, { Key: 'Path' }], /^InvalidFilterKey: .*duplicated in the request: Path/],
  ])('are not asked for by %j', async (filters, expected) => {
    expect(await world.refusal('DescribeParameters', { ParameterFilters: filters })).toMatch(expected);
  });

  it('below a path are found by label, type and key, and by no more', async () => {
    await put('/web/a', '1');
    await put('/web/b', '2');
    await world.ok('LabelParameterVersion', { Name: '/web/b', Labels: ['live'] });
    const below = (filter: object) => ({ Path: '/web', ParameterFilters: [filter] });
    const { Parameters } = await world.ok('GetParametersByPath', below({ Key: 'Label', Values: ['live'] }));
    expect(Parameters.map(({ Name }: any) => Name)).toEqual(['/web/b']);
    for (const filter of [{ Key: 'Name', Values: ['a'] }, { Key: 'tag:team' }])
      expect(await world.refusal('GetParametersByPath', below(filter))).toBe(
        `InvalidFilterKey: The following filter key is not valid: ${filter.Key}. Valid filter keys include: [Type, KeyId, Label].`,
      );
  });

  it('have labels, each on one version at a time', async () => {
    await put('p', 'one');
    await put('p', 'two', { Overwrite: true });
    expect(await world.ok('LabelParameterVersion', { Name: 'p', ParameterVersion: 1, Labels: ['live', '1st', 'aws-x'] })).toEqual(
      {
        InvalidLabels: ['1st', 'aws-x'],
        ParameterVersion: 1,
      },
    );
    expect((await get('p:live')).Value).toBe('one');
    await world.ok('LabelParameterVersion', { Name: 'p', Labels: ['live'] });
    expect((await get('p:live')).Value).toBe('two');
    expect(await world.ok('UnlabelParameterVersion', { Name: 'p', ParameterVersion: 2, Labels: ['live', 'no'] })).toEqual({
      RemovedLabels: ['live'],
      InvalidLabels: ['no'],
    });
  });

  it('go with all their versions, whose keys are known to be destroyed', async () => {
    await put('a', '1');
    await put('a', '2', { Overwrite: true });
    await put('b', '3');
    expect(await world.ok('DeleteParameters', { Names: ['a', 'nope'] })).toEqual({
      DeletedParameters: ['a'],
      InvalidParameters: ['nope'],
    });
    await world.ok('DeleteParameter', { Name: 'b' });
    expect(await world.refusal('DeleteParameter', { Name: 'b' })).toContain('ParameterNotFound');
    expect([world.state.parameterVersions.size, world.state.retiredKeys.size]).toEqual([0, 3]);
  });

  it('keep a hundred versions, unless the oldest has a label', async () => {
    for (let i = 1; i <= 105; i++) await put('p', `${i}`, { Overwrite: true });
    expect(world.state.parameterVersions.size).toBe(100);
    await world.ok('LabelParameterVersion', { Name: 'p', ParameterVersion: 6, Labels: ['kept'] });
    expect(await world.refusal('PutParameter', { Name: 'p', Value: 'x', Overwrite: true })).toContain(
      'ParameterMaxVersionLimitExceeded',
    );
  });

  it.each<[object, string]>([
    [{ Name: 'a/b' }, 'ValidationException: Parameter name must be a fully qualified name.'],
    [{ Name: 'aws-x' }, 'ValidationException: Parameter name: can\'t be prefixed with "aws" or "ssm"'],
    [{ Name: '/ssm/x' }, 'ValidationException'],
    [{ Name: 'a b' }, 'ValidationException'],
    [{ Name: '/a'.repeat(16) }, 'HierarchyLevelLimitExceededException'],
    [{ Type: undefined }, 'A parameter type is required when you create a parameter.'],
    [{ Value: '' }, "Value '' at 'value' failed to satisfy constraint"],
    [{ Value: 'x'.repeat(4_097) }, 'Standard tier parameters support a maximum parameter value of 4096 characters.'],
    [{ Value: 'x'.repeat(8_193), Tier: 'Intelligent-Tiering' }, 'maximum parameter value of 8192'],
    [{ AllowedPattern: '^\\d+$' }, 'ParameterPatternMismatchException'],
    [{ AllowedPattern: '(' }, 'InvalidAllowedPatternException'],
    [{ DataType: 'other' }, 'The following data type is not supported: other'],
    [{ KeyId: 'alias/x' }, 'KeyId is required for SecureString type parameter only.'],
    [{ Policies: '[{"Type":"Expiration"}]' }, 'no parameter policies'],
    [{ Tags: [{ Key: 'a', Value: 'b' }], Overwrite: true }, "tags and overwrite can't be used together"],
  ])('%j is refused: %s', async (more, words) => {
    expect(await world.refusal('PutParameter', { Name: 'p', Value: 'x', Type: 'String', ...more })).toContain(words);
  });

  it('become Advanced where they have to, and keep the pattern that they were made with', async () => {
    expect(await put('p', '1'.repeat(5_000), { Tier: 'Intelligent-Tiering', AllowedPattern: '^1+$' })).toMatchObject({
      Tier: 'Advanced',
    });
    expect(await world.refusal('PutParameter', { Name: 'p', Value: 'x', Overwrite: true })).toContain('Mismatch');
  });

  it('have tags', async () => {
    await put('/p', 'x', { Tags: [{ Key: 'a', Value: '1' }] });
    const of = { ResourceType: 'Parameter', ResourceId: '/p' };
    await world.ok('AddTagsToResource', { ...of, Tags: [{ Key: 'b', Value: '2' }] });
    await world.ok('RemoveTagsFromResource', { ...of, TagKeys: ['a'] });
    expect(await world.ok('ListTagsForResource', of)).toEqual({ TagList: [{ Key: 'b', Value: '2' }] });
    expect(await world.refusal('ListTagsForResource', { ...of, ResourceId: 'no' })).toContain('InvalidResourceId');
    expect(await world.refusal('ListTagsForResource', { ...of, ResourceType: 'Document' })).toContain('InvalidResourceType');
  });
});

describe("AWS's public parameters", () => {
  const HOSTS = '/aws/service/ecs/optimized-ami';

  it('name images of Amazon Linux', async () => {
    const world = new SecretsWorld();
    const value = async (name: string) =>
      (await world.ok('GetParameter', { Name: `/aws/service/ami-amazon-linux-latest/${name}` })).Parameter;
    const found = await value('al2023-ami-kernel-default-x86_64');
    expect(found).toMatchObject({ Value: expect.stringMatching(/^ami-[0-9a-f]{17}$/), DataType: 'aws:ec2:image' });
    expect((await value('al2023-ami-kernel-6.1-x86_64')).Value).toBe(found.Value);
    expect((await value('al2023-ami-kernel-default-arm64')).Value).not.toBe(found.Value);
  });

  it('name images of hosts, whole and by member, the same in each answer', async () => {
    const world = new SecretsWorld();
    const { Parameter } = await world.ok('GetParameter', { Name: `${HOSTS}/amazon-linux-2/recommended` });
    expect(Parameter).toMatchObject({
      Type: 'String',
      Version: 1,
      ARN: `arn:aws:ssm:us-east-1::parameter${HOSTS}/amazon-linux-2/recommended`,
    });
    const { image_id: id, image_name: name } = JSON.parse(Parameter.Value);
    expect([id, name]).toEqual([
      expect.stringMatching(/^ami-[0-9a-f]{17}$/),
      expect.stringMatching(/^amzn2-ami-ecs-hvm-.*-x86_64-ebs$/),
    ]);
    const Names = [
      `${HOSTS}/amazon-linux-2/recommended/image_id`,
      `${HOSTS}/amazon-linux-2023/arm64/recommended/image_id`,
      `${HOSTS}/plan9/recommended`,
    ];
    const { Parameters, InvalidParameters } = await world.ok('GetParameters', { Names });
    expect(Parameters.map(({ Value, DataType }: any) => [Value === id, DataType])).toEqual([
      [true, 'aws:ec2:image'],
      [false, 'aws:ec2:image'],
    ]);
    expect(InvalidParameters).toEqual([`${HOSTS}/plan9/recommended`]);
  });

  it('name the image of the log router, and nothing else', async () => {
    const world = new SecretsWorld();
    const { Parameter } = await world.ok('GetParameter', { Name: '/aws/service/aws-for-fluent-bit/stable' });
    expect(Parameter.Value).toBe('public.ecr.aws/aws-observability/aws-for-fluent-bit:stable');
    for (const Name of ['/aws/service/other', `${HOSTS}/amazon-linux-2/recommended/constructor`])
      expect(await world.refusal('GetParameter', { Name })).toContain('ParameterNotFound');
  });
});
