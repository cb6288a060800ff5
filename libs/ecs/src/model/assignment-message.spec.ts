import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { parseAssignment } from './assignment-message.js';

const entry = z.looseObject({
  taskArn: z.string(),
  taskDefinitionArn: z.string(),
  taskDefinitionDigest: z.string(),
  overrides: z.looseObject({}),
  desiredStatus: z.enum(['RUNNING', 'STOPPED']),
  containerArns: z.record(z.string(), z.string()),
  logMode: z.literal('blocking').optional(),
  group: z.string(),
});

const known: z.infer<typeof entry> = {
  taskArn: 'arn:aws:ecs:eu-west-1:1:task/default/1',
  taskDefinitionArn: 'arn:aws:ecs:eu-west-1:1:task-definition/web:1',
  taskDefinitionDigest: 'abc',
  overrides: { cpu: '1' },
  desiredStatus: 'RUNNING',
  containerArns: { app: 'arn:aws:ecs:eu-west-1:1:container/default/1/2' },
  group: 'family:web',
};

const parse = (entries: unknown, more: object = {}) => {
  const generation = { journalId: 'j', revision: 3 };
  const all = { generation, containerInstanceArn: 'i', clusterName: 'default', entries, ...more };
  return parseAssignment(Buffer.from(JSON.stringify(all)));
};

describe('the value of a key of the assignments bucket', () => {
  it('is read as it is, members of newer versions included', () => {
    expect(parse([{ ...known, newer: 1 }], { newest: 2 })).toMatchObject({ entries: [{ ...known, newer: 1 }], newest: 2 });
  });

  it.each([
    ['no list of entries', undefined],
    ['something else than a list', { 0: known }],
    ['a list of something else', [null]],
  ])('is no assignment with %s', (_what, entries) => {
    expect(parse(entries)).toBeUndefined();
  });

  it('is no assignment when it is not JSON', () => {
    expect(parseAssignment(Buffer.from('{'))).toBeUndefined();
  });

  it('has entries as the schema says, whichever member is wrong or missing', () => {
    const member = fc.constantFrom(...Object.keys(entry.shape));
    const values = ['RUNNING', 'STOPPED', 'blocking', '', 1, null, true, {}, { app: 'a' }, { app: 1 }, { app: null }];
    const change = fc.tuple(member, fc.option(fc.constantFrom<unknown>(...values), { nil: undefined }));
    const changes = fc.array(change, { maxLength: 2 });
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 3 }), (all) => {
        const entries = all.map((each) => JSON.parse(JSON.stringify({ ...known, ...Object.fromEntries(each) })) as unknown);
        expect(parse(entries) !== undefined).toBe(z.array(entry).safeParse(entries).success);
      }),
      { numRuns: 500 },
    );
  });
});
