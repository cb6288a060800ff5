import { ACCOUNT, RegistryWorld, REGION } from '../../../../test/support/registry-world.js';

const cluster = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/default`;
const alice = { principal: `arn:aws:iam::${ACCOUNT}:user/alice` };

describe('tags', () => {
  let world: RegistryWorld;
  beforeEach(() => {
    world = new RegistryWorld();
    world.ok('CreateCluster', { tags: [{ key: 'a', value: '1' }] });
  });
  const tags = () => world.ask('ListTagsForResource', { resourceArn: cluster }).tags;

  it('are added, replaced and taken away', () => {
    world.ok('TagResource', { resourceArn: cluster, tags: [{ key: 'a', value: '2' }, { key: 'b' }] });
    expect(tags()).toEqual([
      { key: 'a', value: '2' },
      { key: 'b', value: '' },
    ]);
    expect(world.eventsOf('TagResource', { resourceArn: cluster, tags: [{ key: 'b', value: '' }] })).toEqual([]);
    world.ok('UntagResource', { resourceArn: cluster, tagKeys: ['a', 'never'] });
    expect(tags()).toEqual([{ key: 'b', value: '' }]);
  });

  it('are at most fifty, old and new together', () => {
    const many = (from: number, count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${from + i}`, value: '' }));
    world.ok('TagResource', { resourceArn: cluster, tags: many(0, 49) });
    expect(world.refusal('TagResource', { resourceArn: cluster, tags: many(49, 1) })).toMatch(/at most 50/);
    world.ok('TagResource', { resourceArn: cluster, tags: [{ key: 'a', value: 'changed' }] });
  });

  it.each([
    [{ key: 'a!', value: '' }, /Some tags contain invalid characters/],
    [{ key: 'AWS:x', value: '' }, /reserved/],
    [{ key: '', value: '' }, /1 to 128/],
    [{ key: 'k', value: 'v'.repeat(257) }, /at most 256/],
  ])('%j is refused', (tag, message) =>
    expect(world.refusal('TagResource', { resourceArn: cluster, tags: [tag] })).toMatch(message),
  );

  it.each([
    ['cluster/none', /^ClusterNotFoundException: Cluster not found\./],
    ['task-definition/none:1', /^ResourceNotFoundException: The specified task definition was not found/],
    ['task/0123', /Long arn format must be used for tagging operations/],
    ['service-revision/x', /cannot be tagged/],
  ])('nothing is tagged at %s', (resource, message) => {
    const resourceArn = `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
    expect(world.refusal('TagResource', { resourceArn, tags: [{ key: 'a' }] })).toMatch(message);
  });
});

describe('account settings', () => {
  let world: RegistryWorld;
  beforeEach(() => (world = new RegistryWorld()));
  const value = (name: string, who = {}) =>
    world.ask('ListAccountSettings', { name, effectiveSettings: true }, who).settings[0].value;

  it('are all listed when the effective ones are asked for, none while nobody set one', () => {
    const { settings } = world.ask('ListAccountSettings', { effectiveSettings: true });
    expect(settings).toHaveLength(11);
    expect(settings).toContainEqual({
      name: 'taskLongArnFormat',
      value: 'enabled',
      principalArn: `arn:aws:iam::${ACCOUNT}:root`,
      type: 'user',
    });
    expect(world.ask('ListAccountSettings').settings).toEqual([]);
  });

  it('hold for a principal, else for the account, else as ECS has them', () => {
    expect(value('containerInsights', alice)).toBe('disabled');
    world.ok('PutAccountSettingDefault', { name: 'containerInsights', value: 'enabled' }, alice);
    expect([value('containerInsights', alice), value('containerInsights')]).toEqual(['enabled', 'enabled']);
    world.ok('PutAccountSetting', { name: 'containerInsights', value: 'enhanced' }, alice);
    expect([value('containerInsights', alice), value('containerInsights')]).toEqual(['enhanced', 'enabled']);
    expect(world.ok('DeleteAccountSetting', { name: 'containerInsights' }, alice).setting).toMatchObject({
      value: 'enabled',
      principalArn: alice.principal,
    });
    expect(value('containerInsights', { region: 'eu-west-1' })).toBe('disabled');
  });

  it.each([
    [{ name: 'nope', value: 'enabled' }, /Unknown setting nope/],
    [{ name: 'containerInsights', value: 'on' }, /one of \[enabled,disabled,enhanced\]/],
    [{ name: 'guardDutyActivate', value: 'on' }, /managed by AWS/],
    [{ name: 'serviceLongArnFormat', value: 'disabled' }, /You can no longer disable Long Arn settings/],
    [{ name: 'awsvpcTrunking', value: 'enabled', principalArn: 'arn:aws:iam::999999999999:root' }, /Invalid principalArn/],
    [
      { name: 'awsvpcTrunking', value: 'enabled', principalArn: `arn:aws:iam::${ACCOUNT}:user/a\u001b[2J` },
      /Invalid principalArn/,
    ],
  ])('%j is refused', (input, message) => expect(world.refusal('PutAccountSetting', input)).toMatch(message));
});

describe('a list of account settings', () => {
  it('is filtered by value only together with a name', () => {
    const world = new RegistryWorld();
    world.ok('PutAccountSetting', { name: 'containerInsights', value: 'enabled' });
    const of = (input: object) => world.ask('ListAccountSettings', input).settings.length;
    expect(of({ name: 'containerInsights', value: 'enabled' })).toBe(1);
    expect(of({ name: 'containerInsights', value: 'disabled' })).toBe(0);
    expect(world.askRefusal('ListAccountSettings', { value: 'enabled' })).toMatch(/value needs a name/);
  });
});

describe('access keys', () => {
  let world: RegistryWorld;
  const first = {
    accessKeyId: 'LKIA0000000000000000',
    sealedSecret: 'c2VhbGVk',
    accountId: ACCOUNT,
    principalArn: `arn:aws:iam::${ACCOUNT}:root`,
  };
  beforeEach(() => {
    world = new RegistryWorld();
    world.ok('CreateAccessKey', first);
  });
  const key = {
    accessKeyId: 'LKIA0123456789ABCDEF',
    sealedSecret: 'c2VhbGVk',
    accountId: '444455556666',
    principalArn: 'arn:aws:iam::444455556666:user/bob',
  };

  it('come with their account, are found by id, listed without secrets, and go', () => {
    expect(world.eventsOf('CreateAccessKey', key)).toEqual(['AccountCreated', 'AccessKeyCreated']);
    expect(world.ask('ResolveAccessKey', { accessKeyId: key.accessKeyId })).toEqual({ ...key, status: 'Active' });
    const { accessKeys } = world.ask('ListAccessKeys', { accountId: key.accountId });
    expect(accessKeys).toEqual([expect.not.objectContaining({ sealedSecret: expect.anything() })]);
    expect(world.refusal('CreateAccessKey', key)).toMatch(/^EntityAlreadyExistsException/);
    expect(world.eventsOf('CreateAccessKey', { ...key, accessKeyId: 'LKIA0123456789ABCDEG' })).toEqual(['AccessKeyCreated']);
    world.ok('DeleteAccessKey', { accessKeyId: key.accessKeyId });
    expect(world.askRefusal('ResolveAccessKey', { accessKeyId: key.accessKeyId })).toBe(
      'UnrecognizedClientException: The security token included in the request is invalid.',
    );
  });

  it.each([
    [{ ...key, accountId: '12' }, /12 digits/],
    [{ ...key, principalArn: 'arn:aws:iam::999999999999:root' }, /A principal of account/],
    [{ ...key, accessKeyId: 'short' }, /16 to 128/],
  ])('%# is refused', (input, message) => expect(world.refusal('CreateAccessKey', input)).toMatch(message));

  it("of other accounts are the administrator's: the first account", () => {
    world.ok('CreateAccessKey', key);
    const bob = { accountId: key.accountId };
    expect(world.refusal('CreateAccessKey', { ...first, accessKeyId: 'LKIA0000000000000001' }, bob)).toMatch(/^AccessDenied/);
    expect(world.refusal('DeleteAccessKey', { accessKeyId: first.accessKeyId }, bob)).toMatch(/^NoSuchEntity/);
    expect(world.askRefusal('ListAccessKeys', { accountId: ACCOUNT }, bob)).toMatch(/^AccessDenied/);
    expect(world.ask('ListAccessKeys', {}, bob).accessKeys).toHaveLength(1);
    expect(world.eventsOf('CreateAccessKey', { ...key, accessKeyId: 'LKIA0000000000000002' }, bob)).toEqual(['AccessKeyCreated']);
  });

  const id = (digit: number) => `LKIA000000000000001${digit}`;
  const keyed = (accessKeyId: string) => ({ principal: `arn:aws:iam::${ACCOUNT}:user/ci`, accessKeyId });
  const policy = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';

  it('have a role, a policy and an end, which whoever checks them learns', () => {
    world.ok('CreateAccessKey', { ...first, accessKeyId: id(1), role: 'deploy', policy, expiresInSeconds: 60 });
    const expiresAt = new Date(Date.parse(world.at) + 60_000).toISOString();
    expect(world.ask('ResolveAccessKey', { accessKeyId: id(1) })).toMatchObject({
      role: 'deploy',
      policy,
      expiresAt,
      administrator: true,
    });
  });

  it.each([
    [{ role: 'owner' }, /^InvalidParameterException: A key has one of the roles admin, deploy, read/],
    [{ role: 'constructor' }, /^InvalidParameterException/],
    [{ policy: '{' }, /^MalformedPolicyDocument: Syntax errors in policy/],
    [{ expiresInSeconds: 0 }, /^InvalidParameterException: A key expires after/],
  ])('with %j are refused', (rights, sentence) =>
    expect(world.refusal('CreateAccessKey', { ...first, accessKeyId: id(1), ...rights })).toMatch(sentence),
  );

  it.each([{ role: 'deploy' }, { role: 'read' }, { policy }, { role: 'admin', policy }])(
    'with %j keep no keys, so none raises its own rights',
    (rights) => {
      world.ok('CreateAccessKey', { ...first, accessKeyId: id(1), ...rights });
      const asked: [string, object][] = [
        ['CreateAccessKey', { ...first, accessKeyId: id(2) }],
        ['RotateAccessKey', { accessKeyId: id(2), sealedSecret: 'x', replaces: id(1) }],
        ['DeleteAccessKey', { accessKeyId: first.accessKeyId }],
        ['PutHostAccess', { accountId: ACCOUNT, hostAccess: 'allowed' }],
      ];
      for (const [name, input] of asked) {
        expect(world.refusal(name, input, keyed(id(1)))).toMatch(
          /^AccessDeniedException: .*not authorized to manage access keys/,
        );
      }
    },
  );

  it('are rotated: the new one is as the old one was, which is gone', () => {
    world.ok('CreateAccessKey', { ...first, accessKeyId: id(1), role: 'read', expiresInSeconds: 60 });
    const { createdAt: _, ...before } = world.state.accessKeys.get(id(1))!;
    const rotate = { accessKeyId: id(2), sealedSecret: 'bmV3', replaces: id(1) };
    expect(world.ok('RotateAccessKey', rotate, keyed(first.accessKeyId)).accessKey).not.toHaveProperty('sealedSecret');
    expect(world.state.accessKeys.get(id(2))).toMatchObject({ ...before, accessKeyId: id(2), sealedSecret: 'bmV3' });
    expect(world.state.accessKeys.has(id(1))).toBe(false);
    expect(world.refusal('RotateAccessKey', { ...rotate, replaces: id(3) })).toMatch(/^NoSuchEntity/);
  });

  it('say who calls', () => {
    expect(world.ask('GetCallerIdentity')).toEqual({ UserId: ACCOUNT, Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root` });
    expect(world.ask('GetCallerIdentity', {}, alice)).toEqual({
      UserId: expect.stringMatching(/^AIDA[0-9A-F]{17}$/),
      Account: ACCOUNT,
      Arn: alice.principal,
    });
  });
});
