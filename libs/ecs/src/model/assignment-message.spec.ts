import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Assignment, AssignmentEntry } from './agent-protocol.js';
import {
  AssignmentReader,
  assignmentText,
  type AssignmentText,
  entryText,
  parseAssignment,
  readAssignmentText,
  writeAssignment,
} from './assignment-message.js';

const of = {
  generation: { journalId: 'j', revision: 3 },
  containerInstanceArn: 'arn:aws:ecs:eu-west-1:1:container-instance/default/i',
  clusterName: 'default',
};
const known: AssignmentEntry = {
  taskArn: 'arn:aws:ecs:eu-west-1:1:task/default/1',
  taskDefinitionArn: 'arn:aws:ecs:eu-west-1:1:task-definition/web:1',
  taskDefinitionDigest: 'abc',
  overrides: {},
  desiredStatus: 'RUNNING',
  containerArns: { app: 'arn:aws:ecs:eu-west-1:1:container/default/1/2' },
  group: 'family:web',
};

const textOf = (entries: readonly AssignmentEntry[]): AssignmentText =>
  assignmentText(
    of,
    new Map(entries.map(({ taskDefinitionArn, taskDefinitionDigest }) => [taskDefinitionArn, taskDefinitionDigest])),
    entries.map((entry) => entryText(entry, of)),
  );
const bytesOf = (entries: readonly AssignmentEntry[]) => Buffer.from(writeAssignment(textOf(entries)));
const changed = (members: object) =>
  parseAssignment(Buffer.from(JSON.stringify({ ...(JSON.parse(bytesOf([known]).toString()) as object), ...members })));
const task = (members: object) => {
  const { tasks } = JSON.parse(bytesOf([known]).toString()) as { tasks: object[] };
  return { tasks: [{ ...tasks[0], ...members }] };
};

/** ARNs as the rules make them, and any others. */
const arns = (prefix: string) =>
  fc.oneof(
    fc.string().map((id) => prefix + id),
    fc.string().map((id) => `arn:${id}`),
  );
const entries = fc.array(
  fc
    .record(
      {
        taskArn: arns('arn:aws:ecs:eu-west-1:1:task/default/'),
        taskDefinitionArn: fc.constantFrom(
          'arn:aws:ecs:eu-west-1:1:task-definition/web:1',
          'arn:aws:ecs:eu-west-1:2:task-definition/web:1',
        ),
        overrides: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.string()),
        desiredStatus: fc.constantFrom<AssignmentEntry['desiredStatus']>('RUNNING', 'STOPPED'),
        stopReason: fc.string({ unit: 'grapheme' }),
        containerArns: fc.dictionary(fc.stringMatching(/^[a-z]+$/), arns('arn:aws:ecs:eu-west-1:1:container/default/1/')),
        group: fc.string(),
        logMode: fc.constant<'blocking'>('blocking'),
      },
      { requiredKeys: ['taskArn', 'taskDefinitionArn', 'overrides', 'desiredStatus', 'containerArns', 'group'] },
    )
    .map((entry): AssignmentEntry => ({ ...entry, taskDefinitionDigest: `digest of ${entry.taskDefinitionArn}` })),
  { maxLength: 4 },
);

describe('the value of a key of the assignments bucket', () => {
  it('is read as it was written, whatever it says', () => {
    fc.assert(
      fc.property(entries, (all) => {
        expect(parseAssignment(bytesOf(all))).toEqual({ ...of, entries: all } satisfies Assignment);
      }),
      { numRuns: 300 },
    );
  });

  it('takes 100 to 200 bytes for a usual task', () => {
    const ids = { task: '6f6a0c55cbd200f7ae996ad70b6e22bf', container: 'd2f0a60b9b962c1ba4340039a06f631c' };
    const usual: AssignmentEntry = {
      ...known,
      taskArn: `arn:aws:ecs:eu-west-1:1:task/default/${ids.task}`,
      containerArns: { app: `arn:aws:ecs:eu-west-1:1:container/default/${ids.task}/${ids.container}` },
      group: 'service:web',
    };
    expect(entryText(usual, of).length).toBeLessThan(160);
  });

  it('is found again by a writer as it was put, so that nothing is put that says the same', () => {
    fc.assert(
      fc.property(entries, entries, (all, others) => {
        expect(readAssignmentText(bytesOf(all))).toEqual(textOf(all));
        expect(readAssignmentText(bytesOf(all), textOf(others))).toEqual(textOf(all));
        const expected = textOf(all);
        expect(readAssignmentText(bytesOf(all), expected)).toBe(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('that another version has written has a generation, and nothing to compare', () => {
    const other = JSON.stringify({ ...of, definitions: {}, tasks: [], generation: of.generation, more: 1 }).replace('{', '{ ');
    expect(readAssignmentText(Buffer.from(other))).toEqual({ generation: of.generation });
  });

  it('may have members of newer versions', () => {
    expect(changed({ newest: 2, ...task({ newer: 1 }) })).toEqual({ ...of, entries: [known] });
  });

  it.each<[string, object]>([
    ['no tasks', { tasks: undefined }],
    ['something else than a list', { tasks: { 0: known } }],
    ['a list of something else', { tasks: [null] }],
    ['no definitions', { definitions: undefined }],
    ['a digest that is none', { definitions: { 'web:1': 1 } }],
    ['a revision below 0', { generation: { journalId: 'j', revision: -1 } }],
    ['a task without a name', task({ task: undefined })],
    ['a task of no definition', task({ definition: 1 })],
    ['a task of no group', task({ group: null })],
    ['no containers', task({ containers: undefined })],
    ['a container that has no ARN', task({ containers: { app: 1 } })],
    ['overrides that are none', task({ overrides: 'no' })],
    ['a status that is none', task({ desiredStatus: 'PENDING' })],
    ['a reason that is no text', task({ stopReason: 1 })],
    ['a mode of logs that is none', task({ logMode: 'loud' })],
  ])('is no assignment with %s', (_what, members) => {
    expect(changed(members)).toBeUndefined();
  });

  it('is no assignment when it is not JSON', () => {
    expect(parseAssignment(Buffer.from('{'))).toBeUndefined();
    expect(readAssignmentText(Buffer.from('{'))).toBeUndefined();
  });
});

describe('a reader of the assignments of one host', () => {
  const entriesOf = (read: ReturnType<AssignmentReader['read']>) => (read as Assignment).entries;
  const written = (all: readonly AssignmentEntry[], members: object = {}) => {
    const text = assignmentText(
      { ...of, ...members },
      new Map(all.map(({ taskDefinitionArn, taskDefinitionDigest }) => [taskDefinitionArn, taskDefinitionDigest])),
      all.map((entry) => entryText(entry, { ...of, ...members })),
    );
    return Buffer.from(writeAssignment(text));
  };
  const second: AssignmentEntry = { ...known, taskArn: 'arn:aws:ecs:eu-west-1:1:task/default/2' };

  it('reads one after another what each of them says', () => {
    const reader = new AssignmentReader();
    let last: Assignment | undefined;
    fc.assert(
      fc.property(entries, fc.constantFrom('default', 'other'), (all, clusterName) => {
        const value = written(all, { clusterName });
        const read = reader.read(value);
        last = read === 'same' ? last : read;
        expect(last).toEqual(parseAssignment(value));
      }),
      { numRuns: 300 },
    );
  });

  it('gives the very entries of the last time for what has not changed', () => {
    const reader = new AssignmentReader();
    const [first] = entriesOf(reader.read(written([known])));
    const later = entriesOf(reader.read(written([known, second])));
    expect(later).toEqual([known, second]);
    expect(later[0]).toBe(first);
    expect(entriesOf(reader.read(written([second])))[0]).toBe(later[1]);
    expect(entriesOf(reader.read(written([{ ...second, desiredStatus: 'STOPPED' }])))[0]).toMatchObject({
      desiredStatus: 'STOPPED',
    });
  });

  it('says so when it is the same as the last time, and once it was told of none', () => {
    const reader = new AssignmentReader();
    reader.read(written([known]));
    expect(reader.read(written([known]))).toBe('same');
    expect(reader.read(Buffer.from('{'))).toBeUndefined();
    expect(reader.read(written([known]))).toBe('same');
  });

  it('does not take an entry for what it was under another definition of the same name', () => {
    const reader = new AssignmentReader();
    reader.read(written([known]));
    expect(entriesOf(reader.read(written([{ ...known, taskDefinitionDigest: 'other' }])))[0]).toMatchObject({
      taskDefinitionDigest: 'other',
    });
  });

  it('reads what was written without lines, as a version before wrote it', () => {
    const reader = new AssignmentReader();
    reader.read(written([known]));
    const whole = Buffer.from(JSON.stringify(JSON.parse(written([known, second]).toString())));
    expect(entriesOf(reader.read(whole))).toEqual([known, second]);
  });

  it.each<[string, (text: string) => string]>([
    ['without commas between its tasks', (text) => text.replace(',\n', '\n')],
    ['with a comma behind the last', (text) => text.replace('\n]}', ',\n]}')],
    ['with a line that is none', (text) => text.replace('"group"', '"grope"')],
    ['that was cut off', (text) => text.slice(0, -1)],
    ['whose tasks are of something else', (text) => text.replace('"tasks":[\n', '"tasks":[],"more":[\n')],
  ])('takes a text %s for what it is when it is read whole', (_what, change) => {
    const reader = new AssignmentReader();
    reader.read(written([known, second]));
    const changed = Buffer.from(change(written([known, second]).toString()));
    expect(reader.read(changed)).toEqual(parseAssignment(changed));
  });
});
