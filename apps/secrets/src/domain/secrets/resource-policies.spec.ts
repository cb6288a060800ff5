import { modelledErrors } from '../../../../../test/support/modelled-errors.js';
import { SecretsWorld } from '../../../../../test/support/secrets-world.js';

const policy = (statement: object) =>
  JSON.stringify({ Statement: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*', ...statement } });
const POLICY = policy({ Principal: { AWS: 'arn:aws:iam::000000000000:root' } });
const OPEN = policy({ Principal: '*' });

describe('resource policies of secrets', () => {
  let world: SecretsWorld;
  let ARN: string;
  beforeEach(async () => {
    world = new SecretsWorld();
    ({ ARN } = await world.ok('CreateSecret', { Name: 'db', SecretString: 'one' }));
  });
  const put = (ResourcePolicy: string, more: object = {}) =>
    world.ok('PutResourcePolicy', { SecretId: ARN, ResourcePolicy, ...more });
  const read = () => world.ok('GetResourcePolicy', { SecretId: 'db' });

  it('are kept, given back as they were, changed and taken away, as often as it is asked', async () => {
    const named = { ARN, Name: 'db' };
    expect(await read()).toEqual(named);
    expect(await put(POLICY)).toEqual(named);
    expect(await read()).toEqual({ ...named, ResourcePolicy: POLICY });
    await put(OPEN);
    expect(await read()).toEqual({ ...named, ResourcePolicy: OPEN });
    for (let i = 0; i < 2; i++) expect(await world.ok('DeleteResourcePolicy', { SecretId: ARN })).toEqual(named);
    expect(await read()).toEqual(named);
  });

  it('that everybody may read by are refused where public policies are blocked', async () => {
    const block = { SecretId: 'db', BlockPublicPolicy: true };
    for (const ResourcePolicy of [OPEN, policy({ Principal: { AWS: '*' } }), policy({ Principal: { AWS: ['x', '*'] } })])
      expect(await world.refusal('PutResourcePolicy', { ...block, ResourcePolicy })).toContain('PublicPolicyException: ');
    const onCondition = policy({ Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': '000000000000' } } });
    for (const ResourcePolicy of [POLICY, onCondition, policy({ Effect: 'Deny', Principal: '*' })])
      expect(await put(ResourcePolicy, block)).toMatchObject({ ARN });
  });

  it('are validated without being put', async () => {
    const validate = (ResourcePolicy: string, more: object = {}) =>
      world.ok('ValidateResourcePolicy', { ResourcePolicy, ...more });
    expect(await validate(POLICY, { SecretId: 'db' })).toEqual({ PolicyValidationPassed: true, ValidationErrors: [] });
    expect(await validate(OPEN)).toEqual({
      PolicyValidationPassed: false,
      ValidationErrors: [{ CheckName: 'BlockPublicPolicy', ErrorMessage: expect.stringContaining('broad access') }],
    });
    expect(await read()).not.toHaveProperty('ResourcePolicy');
  });

  it.each<[string, object, string]>([
    [
      'PutResourcePolicy',
      { SecretId: 'db', ResourcePolicy: '{' },
      'MalformedPolicyDocumentException: This resource policy contains a syntax error.',
    ],
    ['PutResourcePolicy', { SecretId: 'db', ResourcePolicy: '{}' }, 'The resource policy is not valid JSON with statements'],
    ['PutResourcePolicy', { SecretId: 'db', ResourcePolicy: policy({}) }, 'MalformedPolicyDocumentException: '],
    ['PutResourcePolicy', { SecretId: 'nope', ResourcePolicy: '{' }, 'ResourceNotFoundException: '],
    ['PutResourcePolicy', { SecretId: 'gone', ResourcePolicy: POLICY }, 'InvalidRequestException: '],
    ['ValidateResourcePolicy', { ResourcePolicy: '{' }, 'MalformedPolicyDocumentException: '],
    ['ValidateResourcePolicy', { SecretId: 'nope', ResourcePolicy: '{' }, 'ResourceNotFoundException: '],
    ['DeleteResourcePolicy', { SecretId: 'nope' }, 'ResourceNotFoundException: '],
    ['DeleteResourcePolicy', { SecretId: 'gone' }, 'InvalidRequestException: '],
  ])('%s %j is refused: %s', async (operation, input, words) => {
    await world.ok('CreateSecret', { Name: 'gone' });
    await world.ok('DeleteSecret', { SecretId: 'gone' });
    const said = await world.refusal(operation, input);
    expect(said).toContain(words);
    expect(modelledErrors(operation, '@aws-sdk/client-secrets-manager')).toContain(said?.split(':')[0]);
  });
});
