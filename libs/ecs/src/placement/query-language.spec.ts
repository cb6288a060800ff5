import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '#lib/kernel';
import { EvaluationBudget } from './evaluation-budget.js';
import { compilePattern } from './pattern.js';
import type { ExpressionSubject } from './query-comparisons.js';
import { compileExpression } from './query-language.js';

const attributes: Record<string, string> = {
  stack: 'prod',
  'ecs.instance-type': 'g2.2xlarge',
  'ecs.availability-zone': 'eu-west-1a',
  flag: '',
  rank: '10',
};
const instance: ExpressionSubject = {
  attribute: (name) => attributes[name],
  taskGroups: ['family:web', 'service:production'],
  ec2InstanceId: 'i-0123456789abcdef0',
  agentVersion: '1.80.2',
  agentConnected: true,
  registeredAt: '2026-06-18T13:30:00.000Z',
  runningTasksCount: 3,
};
const refusalOf = (text: string): string => {
  try {
    compileExpression(text);
  } catch (error) {
    if (error instanceof Refusal) return `${error.rejection.code}: ${error.rejection.message}`;
    throw error;
  }
  return 'accepted';
};

describe('the cluster query language', () => {
  it.each([
    ['attribute:stack == prod', true],
    ['attribute:stack==prod', true],
    ['attribute:stack equals "prod"', true],
    ["attribute:stack != 'prod'", false],
    ['attribute:stack != test', true],
    // A missing attribute makes != false, too.
    ['attribute:missing != test', false],
    ['attribute:missing !~ t.*', false],
    ['attribute:missing not_in [a]', false],
    ['not(attribute:missing == test)', true],
    ['attribute:flag exists', true],
    ['attribute:missing !exists', true],
    ['attribute:missing not_exists', true],
    ['attribute:flag !exists', false],
    ['attribute:ecs.availability-zone in [eu-west-1a, "eu-west-1b"]', true],
    ['attribute:ecs.availability-zone !in [eu-west-1a,eu-west-1b]', false],
    ['attribute:ecs.instance-type =~ g2.*', true],
    ['attribute:ecs.instance-type matches g2', false],
    ['attribute:ecs.instance-type !~ "t2.*"', true],
    ['attribute:ecs.instance-type =~ (g|t)2.*', true],
    ['(attribute:ecs.instance-type =~ (g|t)2.*)', true],
    ['attribute:rank > 9', true],
    ['attribute:rank <= 9', false],
    ['task:group == service:production', true],
    ['not(task:group == database)', true],
    ['task:group != family:web', false],
    ['task:group =~ service:.*', true],
    ['ec2InstanceId in [i-0123456789abcdef0]', true],
    ['agentConnected == true', true],
    ['agentConnected == false', false],
    ['agentVersion >= 1.9', true],
    ['agentVersion < 1.80.2', false],
    ['agentVersion == 1.80.2', true],
    ['registeredAt >= 2026-06-18', true],
    ['registeredAt < 2026-06-18T13:30:00+02:00', false],
    ['registeredAt == 2026-06-18T13:30', true],
    ['runningTasksCount > 2', true],
    ['runningTasksCount == 3 and attribute:stack == prod', true],
    ['attribute:stack == a or attribute:stack == b or attribute:stack == prod', true],
    ['attribute:stack == prod || attribute:stack == b && attribute:stack == c', true],
    ['(attribute:stack == prod || attribute:stack == b) && attribute:stack == c', false],
    ['not attribute:stack == prod or attribute:flag exists', true],
    ['!(attribute:stack == prod AND attribute:flag exists)', false],
    ['!attribute:stack == test', true],
  ])('%s → %s', (text, expected) => {
    expect(compileExpression(text).matches(instance)).toBe(expected);
  });

  it.each([
    ['', 'position 0: expected an expression'],
    ['stack == prod', 'position 0: expected a subject (attribute:<name>'],
    ['attribute: == prod', 'position 0: expected a subject'],
    ['attribute:stack', 'position 15: expected an operator'],
    ['attribute:stack = prod', 'position 16: expected an operator'],
    ['attribute:stack ==', 'position 18: expected a value, found the end'],
    ['attribute:stack == prod stage', 'position 24: expected "and", "or"'],
    ['(attribute:stack == prod', 'position 24: expected ")"'],
    ['attribute:stack == prod and', 'position 27: expected a subject'],
    ['attribute:stack in prod', 'position 19: expected a list'],
    ['attribute:stack in [a b]', 'expected "," or "]"'],
    ['attribute:stack == "prod', 'the quote " is not closed'],
    ['attribute:stack =~ "(a"', 'position 19: "(a" is not a regular expression'],
    ['attribute:stack =~ (?=a)b', 'only plain groups'],
    ['runningTasksCount =~ 3', 'runningTasksCount cannot be compared with matches'],
    ['runningTasksCount > many', '"many" is not a whole number'],
    ['agentVersion > latest', '"latest" is not a version'],
    ['registeredAt > yesterday', '"yesterday" is not a date'],
    ['ec2InstanceId exists', 'cannot be compared with exists'],
    ['('.repeat(100), 'nested deeper'],
    ['x'.repeat(5_000), 'longer than 4096'],
  ])('refuses %s', (text, sentence) => {
    const refusal = refusalOf(text);
    expect(refusal).toContain('InvalidParameterException: ');
    expect(refusal).toContain(sentence);
  });

  it('answers any text with a predicate or a refusal, never with another error', () => {
    const piece = fc.constantFrom(
      'attribute:a',
      'task:group',
      'agentVersion',
      '==',
      '!',
      '!=',
      '=~',
      'in',
      '[',
      ']',
      '(',
      ')',
      ',',
      'not',
      'and',
      '||',
      "'",
      '\\',
      '1.2',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join(' ')),
          fc.array(piece).map((p) => p.join('')),
        ),
        (text) => {
          const refusal = refusalOf(text);
          if (refusal === 'accepted') expect(typeof compileExpression(text).matches(instance)).toBe('boolean');
          else expect(refusal).toMatch(/^InvalidParameterException: /);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('knows which answers placing a task can change', () => {
    expect(compileExpression('attribute:a == b and not task:group == c').dependsOnTasks).toBe(true);
    expect(compileExpression('attribute:a == b').dependsOnTasks).toBe(false);
  });
});

describe('patterns', () => {
  it('match as the engine does, for what both understand', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '(a|b)', '(?:ab)', '\\.', 'a|b', '');
    const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{0,}', '*?');
    const pattern = fc
      .array(
        fc.tuple(
          atom.filter((a) => a !== '' && a !== 'a|b'),
          quantifier,
        ),
        { maxLength: 5 },
      )
      .map((parts) => parts.map(([a, q]) => a + q).join(''));
    const alternatives = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'));
    const value = fc.array(fc.constantFrom('a', 'b', '1', '.'), { maxLength: 8 }).map((c) => c.join(''));
    fc.assert(
      fc.property(alternatives, value, (source, text) => {
        const compiled = compilePattern(source);
        if ('problem' in compiled) throw new Error(compiled.problem);
        expect(compiled.matches(text, new EvaluationBudget())).toBe(new RegExp(`^(?:${source})$`).test(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['(?i)PROD', 'prod', true],
    ['\\Qa.b*\\E', 'a.b*', true],
    ['\\Aab\\z', 'ab', true],
    ['^ab$', 'ab', true],
    ['\\p{L}+', 'größe', true],
    ['[a-c&]', '&', true],
    ['ab\\Z', 'ab', true],
    ['(?<zone>eu|us)-.*', 'eu-west-1', true],
    ['[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', '0f8fad5b-d9cb-469f-a165-70867728950e', true],
  ])('%s on %s → %s', (source, value, expected) => {
    const compiled = compilePattern(source);
    expect('matches' in compiled && compiled.matches(value, new EvaluationBudget())).toBe(expected);
  });

  it.each([
    'a++',
    '(a',
    'a)',
    '[a',
    '*a',
    'a{2',
    'a{3,1}',
    '(?=a)b',
    '(?<!a)b',
    '[]',
    'a**',
    '\\1',
    '[a&&b]',
    '\\',
    '(a{999}){999}',
    '.{999}'.repeat(500),
    '\\p{L}'.repeat(500),
    `(?i)${'[a-z]'.repeat(500)}`,
  ])('refuse %s', (source) => {
    expect(compilePattern(source)).toHaveProperty('problem');
  });

  it('never backtrack', () => {
    const compiled = compilePattern('(a+)+b');
    if ('problem' in compiled) throw new Error(compiled.problem);
    expect(compiled.matches('a'.repeat(5_000), new EvaluationBudget())).toBe(false);
  });

  it('cost a request no more than its budget, whatever is asked and remembered', () => {
    const compiled = compilePattern('.*a.{100}b');
    if ('problem' in compiled) throw new Error(compiled.problem);
    const evaluated = () => {
      const budget = new EvaluationBudget();
      let count = 0;
      for (; !budget.isSpent && count < 100_000; count++) compiled.matches('a'.repeat(120) + (count % 7), budget);
      return count;
    };
    const first = evaluated();
    expect(first).toBeLessThan(1_000);
    expect(evaluated()).toBe(first);
  });
});

describe('expressions of a hostile caller', () => {
  it('are refused where they are larger than any instance should be asked about', () => {
    const one = 'attribute:a =~ (a.){100}';
    expect(refusalOf(one)).toBe('accepted');
    expect(refusalOf(Array(100).fill(one).join(' or '))).toContain('it is too large');
  });

  it('are remembered within a bound, however many and large they are', () => {
    const sizes = Array.from({ length: 400 }, (_, i) => compileExpression(`attribute:a =~ ${i}(a.){200}`));
    // The newest is remembered, the first is not.
    expect(compileExpression(sizes.at(-1)!.text)).toBe(sizes.at(-1));
    expect(compileExpression(sizes[0]!.text)).not.toBe(sizes[0]);
  });
});
