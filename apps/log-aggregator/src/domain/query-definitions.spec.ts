import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { modelledErrors } from '../../../../test/support/modelled-errors.js';

const UNKNOWN = '00000000-0000-0000-0000-000000000000';

describe('saved queries', () => {
  let world: LoggingWorld;
  beforeEach(() => (world = new LoggingWorld()));
  const put = (name: string, more: object = {}): string =>
    world.ok('PutQueryDefinition', { name, queryString: 'fields @message', ...more }).queryDefinitionId;
  const described = (input: object = {}) => world.ask('DescribeQueryDefinitions', input).queryDefinitions;
  const names = (input?: object) => described(input).map(({ name }: { name: string }) => name);

  it('are kept, changed by their id, and deleted', () => {
    const id = put('web/errors', { logGroupNames: ['/ecs/web'] });
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const shown = { queryLanguage: 'CWLI', queryDefinitionId: id, name: 'web/errors', queryString: 'fields @message' };
    expect(described()).toEqual([{ ...shown, logGroupNames: ['/ecs/web'], lastModified: world.now }]);
    expect(put('web/all', { queryDefinitionId: id })).toBe(id);
    expect(described()).toEqual([{ ...shown, name: 'web/all', logGroupNames: [], lastModified: world.now }]);
    expect(world.ok('DeleteQueryDefinition', { queryDefinitionId: id })).toEqual({ success: true });
    expect(described()).toEqual([]);
  });

  it('are made once by a request that is repeated, and may have one name', () => {
    const clientToken = 'x'.repeat(36);
    expect(put('a', { clientToken })).toBe(put('a', { clientToken }));
    expect(put('a')).not.toBe(put('a'));
    expect(names()).toEqual(['a', 'a', 'a']);
  });

  it('are listed by prefix and page, and are of their account', () => {
    for (const name of ['b', 'a', 'ab']) put(name);
    const { nextToken } = world.ask('DescribeQueryDefinitions', { queryDefinitionNamePrefix: 'a', maxResults: 1 });
    expect(names({ queryDefinitionNamePrefix: 'a', maxResults: 1, nextToken })).toEqual(['ab']);
    expect(names({ queryLanguage: 'SQL' })).toEqual([]);
    const other = { ...world.scope, accountId: '111122223333' };
    expect(world.query('DescribeQueryDefinitions', {}, other)).toMatchObject({ queryDefinitions: [] });
    const [{ queryDefinitionId }] = described();
    expect(world.command('DeleteQueryDefinition', { queryDefinitionId }, 'log-aggregator', 'c', other)).toHaveProperty(
      'rejection',
    );
  });

  it.each<[string, object, string]>([
    ['PutQueryDefinition', { queryLanguage: 'SQL' }, 'InvalidParameterException: Longshore'],
    ['PutQueryDefinition', { parameters: [{ name: 'a' }] }, 'InvalidParameterException: Longshore has no parameters'],
    ['PutQueryDefinition', { queryDefinitionId: UNKNOWN }, 'ResourceNotFoundException: The specified query definition'],
    ['DeleteQueryDefinition', { queryDefinitionId: UNKNOWN }, 'ResourceNotFoundException: The specified query definition'],
    ['DescribeQueryDefinitions', { nextToken: 'x' }, 'InvalidParameterException: '],
  ])('%s %j is refused: %s', (operation, input, words) => {
    const said = world.refusal(operation, { name: 'a', queryString: 'fields @message', ...input });
    expect(said).toContain(words);
    expect(modelledErrors(operation, '@aws-sdk/client-cloudwatch-logs')).toContain(said?.split(':')[0]);
  });

  it('are a thousand of an account', () => {
    const first = put('first');
    for (let i = 1; i < 1_000; i++) put(`q${i}`);
    expect(world.refusal('PutQueryDefinition', { name: 'more', queryString: 'x' })).toContain('LimitExceededException');
    expect(put('changed', { queryDefinitionId: first })).toBe(first);
  });
});
