import { describe, expect, it } from '@jest/globals';
import type { Commit } from '#lib/journal';
import { describeCommit } from './describe-commit.js';

const commit: Commit = {
  v: 1,
  journalId: 'j',
  commitId: 'c1',
  at: '2026-11-22T11:00:00.000Z',
  writer: 'state-store-1-ab',
  transactions: [
    {
      commandId: 'k1',
      actor: 'scheduler',
      principal: 'arn:aws:iam::000000000000:root',
      accountId: '000000000000',
      region: 'us-east-1',
      requestId: 'r1',
      operation: 'RunTask',
      cause: 'ecs:4.0',
      events: [{ type: 'TaskPlaced', v: 1, data: { ordinal: 0, taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/default/1' } }],
    },
  ],
};

describe('a commit for people', () => {
  it('is a line per transaction and event, naming what the event is about', () => {
    expect(describeCommit(7, commit, 'short')).toBe(
      [
        'r7  2026-11-22T11:00:00.000Z',
        '  RunTask by scheduler (000000000000 us-east-1)',
        '    TaskPlaced  arn:aws:ecs:us-east-1:000000000000:task/default/1',
      ].join('\n'),
    );
  });

  it('shows everything in full', () => {
    const text = describeCommit(7, commit, 'full');
    for (const part of ['commit c1', 'state-store-1-ab', 'command k1', 'caused by ecs:4.0', 'TaskPlaced v1', '"ordinal": 0'])
      expect(text).toContain(part);
  });

  it('says when it is a barrier', () => {
    expect(describeCommit(8, { ...commit, transactions: [] }, 'short')).toBe('r8  2026-11-22T11:00:00.000Z  barrier');
  });
});
