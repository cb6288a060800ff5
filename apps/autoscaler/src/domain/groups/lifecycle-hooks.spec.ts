import { beforeEach, describe, expect, it } from '@jest/globals';
import { ScalingWorld } from '../../../../../test/support/scaling-world.js';
import { abandonedBy, heldBy } from './lifecycle-hooks.js';

const GROUP = { AutoScalingGroupName: 'hosts' };
const ID = { accountId: '000000000000', region: 'us-east-1', name: 'hosts' };
const MADE = { ...GROUP, MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: 'h' }, VPCZoneIdentifier: 's' };
const LAUNCHING = 'autoscaling:EC2_INSTANCE_LAUNCHING';
const TERMINATING = 'autoscaling:EC2_INSTANCE_TERMINATING';
const DRAIN = { ...GROUP, LifecycleHookName: 'drain', LifecycleTransition: TERMINATING, HeartbeatTimeout: 300 };

describe('lifecycle hooks', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    const first = { LifecycleHookName: 'warm', LifecycleTransition: LAUNCHING, HeartbeatTimeout: 60 };
    world.ok('CreateAutoScalingGroup', { ...MADE, LifecycleHookSpecificationList: [first] });
  });
  const group = () => [...world.state.autoScalingGroups.values()][0]!;
  const instance = () => group().instances[0]!;
  const held = (afterMs = 0) =>
    heldBy(group(), instance(), world.now + afterMs).map(({ LifecycleHookName }) => LifecycleHookName);
  const launched = () => {
    world.ok('LaunchGroupInstances', { launches: [{ ...ID, count: 1, owned: 0, cause: 'one is missing.' }] });
    world.ok('RecordGroupInstances', { outcomes: [{ ...ID, instanceId: instance().id, outcome: 'launched' }] });
    return { ...GROUP, InstanceId: `i-${instance().id.slice(0, 17)}`, instanceId: instance().id };
  };
  const terminated = () =>
    world.ok('TerminateGroupInstances', {
      terminations: [{ ...ID, instanceId: instance().id, drains: false, cause: 'it goes.' }],
    });
  const complete = (input: object) => world.ok('CompleteLifecycleAction', { LifecycleActionResult: 'CONTINUE', ...input });

  it('are told as they were given, with AWS’s defaults, and changed in parts', () => {
    world.ok('PutLifecycleHook', {
      ...GROUP,
      LifecycleHookName: 'drain',
      LifecycleTransition: TERMINATING,
      NotificationMetadata: '{}',
    });
    world.ok('PutLifecycleHook', { ...GROUP, LifecycleHookName: 'drain', DefaultResult: 'CONTINUE' });
    expect(world.ask('DescribeLifecycleHooks', GROUP).LifecycleHooks).toEqual([
      {
        ...GROUP,
        LifecycleHookName: 'drain',
        LifecycleTransition: TERMINATING,
        HeartbeatTimeout: 3_600,
        DefaultResult: 'CONTINUE',
        NotificationMetadata: '{}',
        GlobalTimeout: 172_800,
      },
      expect.objectContaining({
        LifecycleHookName: 'warm',
        HeartbeatTimeout: 60,
        DefaultResult: 'ABANDON',
        GlobalTimeout: 6_000,
      }),
    ]);
    world.ok('DeleteLifecycleHook', { ...GROUP, LifecycleHookName: 'drain' });
    expect(world.ask('DescribeLifecycleHooks', { ...GROUP, LifecycleHookNames: ['drain'] }).LifecycleHooks).toEqual([]);
    expect(world.ask('DescribeAutoScalingGroups', {}).AutoScalingGroups[0]).not.toHaveProperty('LifecycleHooks');
  });

  it('hold what starts until they are answered, and give it up where they say so or say nothing', () => {
    const named = { ...launched(), LifecycleHookName: 'warm' };
    expect([held(), held(59_000), held(61_000)]).toEqual([['warm'], ['warm'], []]);
    expect(abandonedBy(group(), instance(), world.now + 61_000)).toBe('warm');
    world.now += 50_000;
    world.ok('RecordLifecycleActionHeartbeat', named);
    expect(held(55_000)).toEqual(['warm']);
    complete(named);
    expect([held(), abandonedBy(group(), instance(), world.now + 99_000)]).toEqual([[], undefined]);
    expect(world.refusal('CompleteLifecycleAction', { ...named, LifecycleActionResult: 'CONTINUE' })).toBe(
      `ValidationError: No active Lifecycle Action found with instance ID ${named.InstanceId}`,
    );
  });

  it('that are deleted meanwhile give up what starts', () => {
    launched();
    world.ok('DeleteLifecycleHook', { ...GROUP, LifecycleHookName: 'warm' });
    expect(abandonedBy(group(), instance(), world.now)).toBe('warm');
  });

  it('hold what ends, all of them, and abandoning one ends the waiting', () => {
    const named = launched();
    complete({ ...named, LifecycleHookName: 'warm' });
    world.ok('PutLifecycleHook', DRAIN);
    world.ok('PutLifecycleHook', { ...DRAIN, LifecycleHookName: 'save' });
    expect(held()).toEqual([]);
    terminated();
    expect([held(), held(301_000)]).toEqual([['drain', 'save'], []]);
    complete({ ...named, LifecycleHookName: 'save', instanceId: undefined });
    expect(held()).toEqual(['drain']);
    complete({ ...named, LifecycleHookName: 'drain', LifecycleActionResult: 'ABANDON' });
    expect([held(), abandonedBy(group(), instance(), world.now)]).toEqual([[], undefined]);
  });

  it('are about what begins after them, and about nothing of a group that is deleted', () => {
    launched();
    world.ok('DeleteLifecycleHook', { ...GROUP, LifecycleHookName: 'warm' });
    terminated();
    world.now += 1_000;
    world.ok('PutLifecycleHook', DRAIN);
    expect(held()).toEqual([]);
    const other = new ScalingWorld();
    other.ok('CreateAutoScalingGroup', MADE);
    expect(heldBy({ ...group(), isDeleting: true }, { ...instance(), since: '2027-01-01T00:00:00.000Z' }, world.now)).toEqual([]);
  });

  it.each<[string, string, object, RegExp]>([
    ['no transition', 'PutLifecycleHook', { LifecycleTransition: undefined }, /LifecycleTransition must be given/],
    ['another transition', 'PutLifecycleHook', { LifecycleTransition: 'x' }, /LifecycleTransition must be of/],
    ['another result', 'PutLifecycleHook', { DefaultResult: 'x' }, /DefaultResult must be of/],
    ['a short time', 'PutLifecycleHook', { HeartbeatTimeout: 29 }, /30 to 7200/],
    ['none of the name', 'DeleteLifecycleHook', {}, /^ValidationError: No Lifecycle Hook found with name: drain$/],
    [
      'a token',
      'CompleteLifecycleAction',
      { LifecycleHookName: 'warm', LifecycleActionToken: 't', LifecycleActionResult: 'CONTINUE' },
      /with token t/,
    ],
    ['no result', 'CompleteLifecycleAction', { LifecycleActionResult: 'x' }, /LifecycleActionResult must be of/],
  ])('refuse %s', (_what, operation, more, message) => {
    expect(world.refusal(operation, { ...DRAIN, ...more })).toMatch(message);
  });
});

describe('processes of a group', () => {
  it('are suspended and resumed by name, or all', () => {
    const world = new ScalingWorld();
    world.ok('CreateAutoScalingGroup', MADE);
    const shown = () =>
      world.ask('DescribeAutoScalingGroups', {}).AutoScalingGroups[0].SuspendedProcesses.map((one: any) => one.ProcessName);
    world.ok('SuspendProcesses', { ...GROUP, ScalingProcesses: ['Launch', 'AZRebalance'] });
    expect(shown()).toEqual(['AZRebalance', 'Launch']);
    expect(world.ask('DescribeAutoScalingGroups', {}).AutoScalingGroups[0].SuspendedProcesses[0].SuspensionReason).toMatch(
      /^User suspended at 2026-/,
    );
    world.ok('UpdateAutoScalingGroup', { ...GROUP, MaxSize: 4 });
    world.ok('ResumeProcesses', { ...GROUP, ScalingProcesses: ['Launch'] });
    expect(shown()).toEqual(['AZRebalance']);
    world.ok('SuspendProcesses', GROUP);
    expect(shown()).toHaveLength(9);
    world.ok('ResumeProcesses', GROUP);
    expect(shown()).toEqual([]);
    expect(world.refusal('SuspendProcesses', { ...GROUP, ScalingProcesses: ['x'] })).toMatch(/x is not a process/);
  });
});
