import { describe, expect, it } from '@jest/globals';
import {
  type AccessRequest,
  conditionContext,
  denialSentence,
  evaluate,
  isMalformed,
  parsePolicyDocument,
  type Policy,
} from './index.js';

const isKey = (key: string) => /^(ecs:cluster|aws:(tagkeys|principalarn|requesttag\/.+|resourcetag\/.+))$/.test(key);
const ARN = 'arn:aws:ecs:us-east-1:111122223333:';

function policy(...statements: readonly object[]): Policy {
  const whole = statements.map((statement) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...statement }));
  const parsed = parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: whole }), isKey);
  if (isMalformed(parsed)) throw new Error(parsed.malformed);
  return parsed;
}
/** Without the member, so that its negation can stand there. */
const only = (statement: object) => {
  const parsed = parsePolicyDocument(JSON.stringify({ Statement: { Effect: 'Allow', ...statement } }), isKey);
  if (isMalformed(parsed)) throw new Error(parsed.malformed);
  return parsed;
};
const asked = (action: string, resource = '*', values: Parameters<typeof conditionContext>[0] = {}): AccessRequest => ({
  action,
  resource,
  context: conditionContext(values),
});
const runTask = asked('ecs:RunTask', `${ARN}task-definition/web:3`, { 'ecs:cluster': `${ARN}cluster/blue` });
const decide = (identity: Policy, request = runTask) => {
  const decision = evaluate({ identity }, request);
  return decision === 'allow' ? 'allow' : decision.deny;
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html */
describe('the order of effects', () => {
  it.each([
    ['no statement: implicit deny', policy({ Action: 'ecs:StopTask' }), 'implicit'],
    ['an allow', policy({ Action: 'ecs:RunTask' }), 'allow'],
    ['a deny after an allow', policy({}, { Effect: 'Deny', Action: 'ecs:RunTask' }), 'explicit'],
    ['a deny before an allow', policy({ Effect: 'Deny', Action: 'ecs:RunTask' }, {}), 'explicit'],
    ['a deny of something else', policy({}, { Effect: 'Deny', Action: 'ecs:StopTask' }), 'allow'],
    [
      'a deny whose condition does not hold',
      policy({}, { Effect: 'Deny', Condition: { Null: { 'ecs:cluster': 'true' } } }),
      'allow',
    ],
    ['a deny alone', policy({ Effect: 'Deny' }), 'explicit'],
  ])('%s', (_case, identity, expected) => expect(decide(identity)).toBe(expected));

  it.each([
    ['both allow', policy({}), policy({}), 'allow'],
    [
      'only the identity allows',
      policy({}),
      policy({ Action: 'ecs:StopTask' }),
      { deny: 'implicit', by: 'permissions boundary' },
    ],
    [
      'only the boundary allows',
      policy({ Action: 'ecs:StopTask' }),
      policy({}),
      { deny: 'implicit', by: 'identity-based policy' },
    ],
    ['the boundary denies', policy({}), policy({}, { Effect: 'Deny' }), { deny: 'explicit', by: 'permissions boundary' }],
  ])('with a boundary: %s', (_case, identity, boundary, expected) =>
    expect(evaluate({ identity, boundary }, runTask)).toEqual(expected),
  );
});

describe('actions and resources', () => {
  it.each([
    ['a wildcard', { Action: 'ecs:Run*' }, 'allow'],
    ['one character', { Action: 'ecs:Run?ask' }, 'allow'],
    ['without regard to case', { Action: 'ECS:runtask' }, 'allow'],
    ['one of a list', { Action: ['ecs:StopTask', 'ecs:RunTask'] }, 'allow'],
    ['another service', { Action: 'sts:*' }, 'implicit'],
    ['a part of a name', { Action: 'ecs:Run' }, 'implicit'],
    ['the ARN itself', { Resource: `${ARN}task-definition/web:3` }, 'allow'],
    ['any revision', { Resource: `${ARN}task-definition/web:*` }, 'allow'],
    ['another family', { Resource: `${ARN}task-definition/webs:*` }, 'implicit'],
    ['an ARN with regard to case', { Resource: `${ARN}task-definition/Web:*` }, 'implicit'],
    ['any region and account', { Resource: 'arn:aws:ecs:*:*:task-definition/web:*' }, 'allow'],
    ['a wildcard does not reach over colons before the resource', { Resource: 'arn:aws:*:task-definition/web:3' }, 'implicit'],
    ['an incomplete ARN is completed', { Resource: 'arn:aws:ecs' }, 'allow'],
    ['an incomplete ARN of another service', { Resource: 'arn:aws:sqs' }, 'implicit'],
  ])('%s', (_case, statement, expected) => expect(decide(policy(statement))).toBe(expected));

  it.each([
    ['NotAction of another', { NotAction: 'ecs:StopTask', Resource: '*' }, 'allow'],
    ['NotAction of this', { NotAction: ['ecs:Run*', 'sts:*'], Resource: '*' }, 'implicit'],
    ['NotResource of another', { Action: '*', NotResource: `${ARN}cluster/*` }, 'allow'],
    ['NotResource of this', { Action: '*', NotResource: `${ARN}task-definition/*` }, 'implicit'],
  ])('%s', (_case, statement, expected) => expect(decide(only(statement))).toBe(expected));

  it('an action that has no resource needs *', () => {
    expect(decide(policy({ Resource: `${ARN}*` }), asked('ecs:ListClusters'))).toBe('implicit');
    expect(decide(policy({}), asked('ecs:ListClusters'))).toBe('allow');
  });

  it('no pattern makes the comparison slow', () => {
    const stars = `arn:aws:ecs:us-east-1:111122223333:${'*a'.repeat(1_000)}`;
    const startedAt = process.cpuUsage().user;
    expect(decide(policy({ Resource: stars }), asked('ecs:X', ARN + 'a'.repeat(2_000) + 'b'))).toBe('implicit');
    expect(process.cpuUsage().user - startedAt).toBeLessThan(1_000_000);
  });
});

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
 */
describe('conditions', () => {
  const cluster = (name?: string) => ({ 'ecs:cluster': name && `${ARN}cluster/${name}` });
  const tag = (value?: string) => ({ 'aws:RequestTag/team': value });
  const keys = (...names: string[]) => ({ 'aws:TagKeys': names.length > 0 ? names : undefined });

  it.each([
    ['StringEquals', { StringEquals: { 'aws:RequestTag/team': 'a' } }, tag('a'), true],
    ['StringEquals regards case', { StringEquals: { 'aws:RequestTag/team': 'a' } }, tag('A'), false],
    ['StringEquals takes * as it is', { StringEquals: { 'aws:RequestTag/team': '*' } }, tag('a'), false],
    ['StringEquals of one of several', { StringEquals: { 'aws:RequestTag/team': ['a', 'b'] } }, tag('b'), true],
    ['StringEquals of nothing', { StringEquals: { 'aws:RequestTag/team': 'a' } }, tag(), false],
    ['a key regards no case', { StringEquals: { 'AWS:requesttag/TEAM': 'a' } }, tag('a'), true],
    ['StringNotEquals', { StringNotEquals: { 'aws:RequestTag/team': 'a' } }, tag('b'), true],
    ['StringNotEquals is none of several', { StringNotEquals: { 'aws:RequestTag/team': ['a', 'b'] } }, tag('b'), false],
    ['StringNotEquals of nothing', { StringNotEquals: { 'aws:RequestTag/team': 'a' } }, tag(), true],
    ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { 'aws:RequestTag/team': 'a' } }, tag('A'), true],
    ['StringLike', { StringLike: { 'aws:RequestTag/team': 'a*' } }, tag('abc'), true],
    ['StringNotLike', { StringNotLike: { 'aws:RequestTag/team': 'a*' } }, tag('abc'), false],
    ['IfExists of nothing', { StringEqualsIfExists: { 'aws:RequestTag/team': 'a' } }, tag(), true],
    ['IfExists of another', { StringEqualsIfExists: { 'aws:RequestTag/team': 'a' } }, tag('b'), false],
    ['ArnEquals', { ArnEquals: { 'ecs:cluster': `${ARN}cluster/blue` } }, cluster('blue'), true],
    ['ArnEquals takes wildcards, as ArnLike', { ArnEquals: { 'ecs:cluster': `${ARN}cluster/b*` } }, cluster('blue'), true],
    ['ArnLike of another', { ArnLike: { 'ecs:cluster': `${ARN}cluster/b*` } }, cluster('green'), false],
    ['ArnLike of nothing', { ArnLike: { 'ecs:cluster': '*' } }, cluster(), false],
    ['ArnNotLike of nothing', { ArnNotLike: { 'ecs:cluster': `${ARN}cluster/b*` } }, cluster(), true],
    ['Null true of nothing', { Null: { 'ecs:cluster': 'true' } }, cluster(), true],
    ['Null true of something', { Null: { 'ecs:cluster': true } }, cluster('a'), false],
    ['Null false of something', { Null: { 'ecs:cluster': 'false' } }, cluster('a'), true],
    ['Bool', { Bool: { 'aws:RequestTag/team': 'true' } }, tag('true'), true],
    ['Bool of nothing', { Bool: { 'aws:RequestTag/team': 'false' } }, tag(), false],
    [
      'all operators have to hold',
      { Null: { 'ecs:cluster': 'false' }, StringEquals: { 'aws:RequestTag/team': 'a' } },
      cluster('a'),
      false,
    ],
    ['all keys have to hold', { StringEquals: { 'aws:RequestTag/team': 'a', 'aws:RequestTag/x': 'y' } }, tag('a'), false],
    ['ForAllValues', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, keys('a', 'b'), true],
    ['ForAllValues with one more', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, keys('a', 'c'), false],
    ['ForAllValues of nothing', { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } }, keys(), true],
    ['ForAnyValue', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, keys('c', 'a'), true],
    ['ForAnyValue of others', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, keys('b', 'c'), false],
    ['ForAnyValue of nothing', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, keys(), false],
    [
      'ForAllValues:StringNotLike, one has the prefix',
      { 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'key1*' } },
      keys('key1:hr'),
      false,
    ],
    [
      'ForAllValues:StringNotLike, none has',
      { 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'key1*' } },
      keys('key2:audit'),
      true,
    ],
    ['ForAllValues:StringNotLike of nothing', { 'ForAllValues:StringNotLike': { 'aws:TagKeys': 'key1*' } }, keys(), true],
    ['ForAnyValue:StringNotEquals', { 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'a' } }, keys('a', 'b'), true],
    ['an operator for one value, of several', { StringEquals: { 'aws:TagKeys': 'a' } }, keys('a', 'b'), false],
  ])('%s', (_case, Condition, context, holds) =>
    expect(decide(policy({ Condition }), asked('ecs:RunTask', '*', context))).toBe(holds ? 'allow' : 'implicit'),
  );
});

describe('a document that is refused', () => {
  const good = { Effect: 'Allow', Action: 'ecs:*', Resource: '*' };
  const refusal = (document: unknown) => {
    const parsed = parsePolicyDocument(typeof document === 'string' ? document : JSON.stringify(document), isKey);
    return isMalformed(parsed) ? parsed.malformed : 'taken';
  };

  it.each([
    ['{', /not JSON/],
    ['[]', /JSON object/],
    ['null', /JSON object/],
    [{}, /needs a Statement/],
    [{ Statement: [] }, /needs a Statement/],
    [{ Statement: 'x' }, /statement has to be a JSON object/],
    [{ Version: '2012-10-18', Statement: good }, /Version has to be one of/],
    [{ Statement: good, Extra: 1 }, /no element "Extra"/],
    [{ Statement: { ...good, Extra: 1 } }, /no element "Extra"/],
    [{ Statement: { ...good, Effect: 'allow' } }, /Effect has to be Allow or Deny/],
    [{ Statement: { Effect: 'Allow', Resource: '*' } }, /must contain actions/],
    [{ Statement: { ...good, Action: [] } }, /must contain actions/],
    [{ Statement: { Effect: 'Allow', Action: '*' } }, /must contain resources/],
    [{ Statement: { ...good, NotAction: 'sts:*' } }, /Action or NotAction, not both/],
    [{ Statement: { ...good, Action: 'RunTask' } }, /prefaced by a vendor/],
    [{ Statement: { ...good, Action: { a: 1 } } }, /string or a list/],
    [{ Statement: { ...good, Resource: 'cluster/a' } }, /ARN format or "\*"/],
    [{ Statement: { ...good, Resource: 'arn:aws:ecs:*:*:task/${aws:username}' } }, /Policy variables/],
    [{ Statement: { ...good, Principal: '*' } }, /should not specify a principal/],
    [{ Statement: { ...good, Sid: 'a b' } }, /alpha-numeric/],
    [
      {
        Statement: [
          { ...good, Sid: 'a' },
          { ...good, Sid: 'a' },
        ],
      },
      /must be unique/,
    ],
    [{ Statement: { ...good, Condition: [] } }, /JSON object of operators/],
    [
      { Statement: { ...good, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } } },
      /operator "IpAddress" is not supported/,
    ],
    [{ Statement: { ...good, Condition: { constructor: { 'ecs:cluster': 'a' } } } }, /operator "constructor" is not supported/],
    [{ Statement: { ...good, Condition: { 'ForAnyValue:Null': { 'ecs:cluster': 'true' } } } }, /is not supported/],
    [{ Statement: { ...good, Condition: { StringEquals: { 'aws:SourceVpc': 'a' } } } }, /key "aws:SourceVpc" is not one/],
    [{ Statement: { ...good, Condition: { Null: { 'ecs:cluster': 'maybe' } } } }, /takes true or false/],
    [{ Statement: { ...good, Condition: { StringEquals: { 'ecs:cluster': [] } } } }, /needs a value/],
    [{ Statement: { ...good, Resource: Array.from({ length: 700 }, (_, i) => `arn:aws:${i}`) } }, /quota for PolicySize: 6144/],
  ])('%j', (document, sentence) => expect(refusal(document)).toMatch(sentence));

  it('is none for its whitespace, nor for the order of its elements', () => {
    expect(
      refusal(JSON.stringify({ Statement: [good], Version: '2012-10-17', Id: 'x' }, undefined, 10) + ' '.repeat(20_000)),
    ).toBe('taken');
  });
});

describe('the sentence of a denial', () => {
  const user = 'arn:aws:iam::111122223333:user/ci';
  it.each([
    [
      { deny: 'implicit', by: 'identity-based policy' } as const,
      'because no identity-based policy allows the ecs:RunTask action',
    ],
    [{ deny: 'implicit', by: 'permissions boundary' } as const, 'because no permissions boundary allows the ecs:RunTask action'],
    [{ deny: 'explicit', by: 'identity-based policy' } as const, 'with an explicit deny in an identity-based policy'],
    [{ deny: 'explicit', by: 'permissions boundary' } as const, 'with an explicit deny in a permissions boundary'],
  ])('%j', (denial, why) =>
    expect(denialSentence(user, runTask, denial)).toBe(
      `User: ${user} is not authorized to perform: ecs:RunTask on resource: ${ARN}task-definition/web:3 ${why}`,
    ),
  );
});
