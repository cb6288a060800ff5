import { describe, expect, it } from '@jest/globals';
import { refusable } from '#lib/kernel';
import { parsePattern } from './pattern.js';

const EVENT = {
  source: 'aws.ecs',
  'detail-type': 'ECS Task State Change',
  resources: ['arn:aws:ecs:us-east-1:000000000000:task/a/1'],
  detail: {
    clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/a',
    lastStatus: 'STOPPED',
    stoppedReason: 'Essential container in task exited',
    version: 5,
    startedBy: null,
    containers: [
      { name: 'web', exitCode: 0 },
      { name: 'log', exitCode: 137 },
    ],
  },
};

describe('a pattern of events', () => {
  const matches = (pattern: object) => parsePattern(JSON.stringify(pattern))(EVENT);
  const of = (detail: object) => ({ detail });

  it.each([
    ['one of the values of each field', { source: ['aws.ec2', 'aws.ecs'], detail: { lastStatus: ['STOPPED'] } }, true],
    ['another value of one field', { source: ['aws.ecs'], detail: { lastStatus: ['RUNNING'] } }, false],
    ['a field that is not there', of({ group: ['service:web'] }), false],
    ['a number', of({ version: [5] }), true],
    ['the text of a number', of({ version: ['5'] }), false],
    ['nothing', of({ startedBy: [null] }), true],
    ['an element of an array', { resources: [{ suffix: 'task/a/1' }] }, true],
    ['a field of one of many', of({ containers: { exitCode: [137] } }), true],
    ['a prefix', of({ stoppedReason: [{ prefix: 'Essential' }] }), true],
    ['an empty prefix of what is there', of({ stoppedReason: [{ prefix: '' }] }), true],
    ['a prefix in other letters', of({ stoppedReason: [{ prefix: 'essential' }] }), false],
    ['a prefix in any letters', of({ stoppedReason: [{ prefix: { 'equals-ignore-case': 'ESSENTIAL' } }] }), true],
    ['a suffix', of({ stoppedReason: [{ suffix: 'exited' }] }), true],
    ['a text in any letters', of({ lastStatus: [{ 'equals-ignore-case': 'stopped' }] }), true],
    ['a wildcard', of({ clusterArn: [{ wildcard: 'arn:aws:ecs:*:cluster/a' }] }), true],
    ['anything but another', of({ lastStatus: [{ 'anything-but': ['RUNNING', 'PENDING'] }] }), true],
    ['anything but it', of({ lastStatus: [{ 'anything-but': 'STOPPED' }] }), false],
    ['anything but its prefix', of({ lastStatus: [{ 'anything-but': { prefix: 'STOP' } }] }), false],
    ['anything but, of what is not there', of({ group: [{ 'anything-but': 'x' }] }), false],
    ['what is there', of({ lastStatus: [{ exists: true }] }), true],
    ['what is not there', of({ group: [{ exists: false }] }), true],
    ['what is there, and may not be', of({ lastStatus: [{ exists: false }] }), false],
    ['a range', of({ version: [{ numeric: ['>', 0, '<=', 5] }] }), true],
    ['the end of a range', of({ version: [{ numeric: ['<', 5] }] }), false],
    ['a number of one of many', of({ containers: { exitCode: [{ numeric: ['>', 0] }] } }), true],
    ['one of two', { $or: [{ source: ['aws.ec2'] }, { 'detail-type': ['ECS Task State Change'] }] }, true],
    ['none of two', { $or: [{ source: ['aws.ec2'] }, { 'detail-type': ['ECS Deployment State Change'] }] }, false],
  ])('of %s', (_what, pattern, expected) => {
    expect(matches(pattern)).toBe(expected);
  });

  it.each([
    ['no JSON', '{', /InvalidEventPatternException/],
    ['no object', '[]', /Filter is not an object/],
    ['no field', '{}', /Filter is not an object/],
    ['a value without a list', '{"source":"aws.ecs"}', /"source" must be an object or an array/],
    ['an empty list', '{"source":[]}', /Empty arrays are not allowed/],
    ['another operator', '{"source":[{"like":"a"}]}', /Unrecognized match type like/],
    ['two operators at once', '{"source":[{"prefix":"a","suffix":"b"}]}', /one operator each/],
    ['a prefix of a number', '{"source":[{"prefix":5}]}', /prefix match pattern must be a string/],
    ['what neither exists nor not', '{"source":[{"exists":"yes"}]}', /must be either true or false/],
    ['a range of texts', '{"source":[{"numeric":[">","5"]}]}', /Unrecognized numeric range/],
    ['a range without an end', '{"source":[{"numeric":[]}]}', /one range or two/],
    ['one of one', '{"$or":[{"source":["a"]}]}', /two objects or more/],
  ])('cannot have %s', (_what, text, message) => {
    const parsed = refusable(() => parsePattern(text));
    expect('rejection' in parsed && `${parsed.rejection.code}: ${parsed.rejection.message}`).toMatch(message);
  });
});
