import { beforeEach, describe, expect, it } from '@jest/globals';
import { ecs } from '#lib/ecs';
import { type Caller, refusable } from '#lib/kernel';
import type { TaskArn } from '../model/ids.js';
import type { QueryRule } from '../model/rules.js';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { ACCOUNT, RegistryWorld } from '../../../../test/support/registry-world.js';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const key = (digit: number, more: object = {}) => ({
  accessKeyId: `LKIA000000000000000${digit}`,
  sealedSecret: 'sealed',
  accountId: ACCOUNT,
  principalArn: ROLE,
  ...more,
});

describe('what a task role may do', () => {
  let world: RegistryWorld;
  beforeEach(() => {
    world = new RegistryWorld();
  });
  const rights = (roleName = 'app') => world.ask('ResolveTaskRole', { accountId: ACCOUNT, roleName }).rights;

  it('is nothing until its operator makes a key for it, and nothing again when that is deleted', () => {
    expect(rights()).toBeUndefined();
    world.ok('CreateAccessKey', key(1, { role: 'read' }));
    expect(rights()).toEqual({ role: 'read' });
    expect(rights('other')).toBeUndefined();
    world.ok('DeleteAccessKey', { accessKeyId: key(1).accessKeyId });
    expect(rights()).toBeUndefined();
  });

  it('is never everything for want of a word', () =>
    expect(world.refusal('CreateAccessKey', key(1))).toMatch(/^InvalidParameterException: Say what tasks with this role may do/));

  it('is no more than the key that is left allows', () => {
    world.ok('CreateAccessKey', key(1, { role: 'deploy' }));
    world.ok('CreateAccessKey', key(2, { role: 'read', principalArn: `${ROLE}-of-others` }));
    expect(rights()).toEqual({ role: 'deploy' });
  });
});

describe('the session of a task', () => {
  /** Of a definition that names no role; the task may. */
  const given = (taskRoleArn?: string) => {
    const world = new EcsWorld();
    const instance = world.instance();
    const template = {
      group: 'family:web',
      launchType: 'EC2',
      enableExecuteCommand: false,
      tags: [],
      cpu: '0',
      memory: '128',
      overrides: taskRoleArn === undefined ? {} : { taskRoleArn },
    };
    world.place(world.definition(), [instance], { template });
    const [task] = [...world.state.tasks.by('instance', instance)];
    return { world, taskArn: task!.taskArn };
  };
  const session = ({ world, taskArn }: ReturnType<typeof given>) => {
    const caller = { ...world.scope, principal: 'agent', at: '2026-11-28T12:00:00.000Z' } as Caller & { at: string };
    return (ecs.queries.TaskRoleSession as QueryRule<{ taskArn: string }>)(world.state, { taskArn }, caller);
  };

  it('is of a role, by the last part of its name and whatever account it is of', () => {
    const made = given('arn:aws:iam::012345678910:role/teams/app');
    expect(session(made)).toEqual({
      roleArn: 'arn:aws:iam::012345678910:role/teams/app',
      roleName: 'app',
      sessionName: made.taskArn.split('/').at(-1),
      expiresAt: '2026-11-28T13:00:00.000Z',
    });
  });

  it('is there for no task without a role, and for none that is not there', () => {
    const made = given();
    expect(refusable(() => session(made))).toMatchObject({ rejection: { message: expect.stringContaining('has no role') } });
    expect(refusable(() => session({ ...made, taskArn: `${made.taskArn}0` as TaskArn }))).toMatchObject({
      rejection: { code: 'ResourceNotFoundException' },
    });
  });
});
