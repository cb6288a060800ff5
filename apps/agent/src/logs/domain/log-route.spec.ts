import { describe, expect, it } from '@jest/globals';
import { awslogsProblem, awslogsRoute, defaultRoute, engineLogOptions } from './log-route.js';

const subject = { containerName: 'web', taskArn: 'arn:aws:ecs:eu-central-1:111122223333:task/default/0a1b', family: 'shop' };
const route = (options: Record<string, string>) => awslogsRoute({ 'awslogs-group': '/ecs/shop', ...options }, subject);

describe('where the lines of a container go', () => {
  it.each<[string, Record<string, string>, object]>([
    ['the group, and a stream of the engine naming', {}, { group: '/ecs/shop', stream: undefined, createGroup: false }],
    ['prefix, container and task', { 'awslogs-stream-prefix': 'ecs' }, { stream: 'ecs/web/0a1b' }],
    ['a stream by name', { 'awslogs-stream': 'one', 'awslogs-stream-prefix': 'ecs' }, { stream: 'one' }],
    ['another region', { 'awslogs-region': 'us-east-1' }, { region: 'us-east-1' }],
    ['the region of the task', {}, { region: 'eu-central-1' }],
    ['a group that may be made', { 'awslogs-create-group': 'true' }, { createGroup: true }],
    ['what ECS does where no mode is named', {}, { mode: 'non-blocking', bufferBytes: 10 * 1024 * 1024 }],
    ['blocking', { mode: 'blocking' }, { mode: 'blocking' }],
    ['a buffer', { mode: 'non-blocking', 'max-buffer-size': '25m' }, { bufferBytes: 25 * 1024 * 1024 }],
    ['a buffer with blanks and bytes', { 'max-buffer-size': '512 KiB' }, { bufferBytes: 512 * 1024 }],
    ['no buffer beyond what a host gives one container', { 'max-buffer-size': '90g' }, { bufferBytes: 200 * 1024 * 1024 }],
    [
      'a date',
      { 'awslogs-datetime-format': '\\[%Y-%m-%d' },
      { multiline: '\\[\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])' },
    ],
    ['a pattern', { 'awslogs-multiline-pattern': '^\\S' }, { multiline: '^\\S' }],
  ])('%s', (_, options, expected) => {
    expect(awslogsProblem({ 'awslogs-group': '/ecs/shop', ...options })).toBeUndefined();
    expect(route(options)).toMatchObject(expected);
  });

  it('without a word of it: the group of the family', () => {
    expect(defaultRoute(subject)).toMatchObject({
      region: 'eu-central-1',
      group: '/longshore/shop',
      stream: 'ecs/web/0a1b',
      createGroup: true,
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ 'awslogs-grup': 'x' }, "unknown log opt 'awslogs-grup' for awslogs log driver"],
    [{ 'awslogs-group': '' }, "must specify a value for log opt 'awslogs-group'"],
    [{ 'awslogs-group': 'a b' }, "InvalidParameterException: invalid log group name: 'a b'"],
    [{ 'awslogs-stream-prefix': 'a:b' }, "InvalidParameterException: invalid log stream name: 'a:b'"],
    [{ 'awslogs-create-group': 'yes' }, 'must specify valid value for log opt \'awslogs-create-group\': invalid syntax: "yes"'],
    [{ mode: 'async' }, 'logger: logging mode not supported: async'],
    [{ mode: 'blocking', 'max-buffer-size': '1m' }, "logger: max-buffer-size option is only supported with 'mode=non-blocking'"],
    [{ 'max-buffer-size': 'much' }, "error parsing option max-buffer-size: invalid size: 'much'"],
    [
      { 'awslogs-datetime-format': '%Y', 'awslogs-multiline-pattern': 'x' },
      "you cannot configure log opt 'awslogs-datetime-format' and 'awslogs-multiline-pattern' at the same time",
    ],
    [
      { 'awslogs-multiline-pattern': '(' },
      'awslogs could not parse multiline pattern key "(": error parsing regexp: missing closing ): `(`',
    ],
    [
      { 'awslogs-multiline-pattern': '(?=x)' },
      'awslogs could not parse multiline pattern key "(?=x)": error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
  ])('%j is refused in the words of the engine', (options, problem) => {
    expect(awslogsProblem({ 'awslogs-group': 'g', ...options })).toBe(problem);
  });

  it('keeps of a container what its buffer holds, and the two files around it', () => {
    expect(engineLogOptions(route({}))).toEqual({ 'max-size': '10m', 'max-file': '3' });
    expect(engineLogOptions(route({ 'max-buffer-size': '35m' }))).toEqual({ 'max-size': '10m', 'max-file': '6' });
    expect(engineLogOptions(route({ mode: 'blocking' }))).toEqual({ 'max-size': '20m', 'max-file': '12' });
  });
});
