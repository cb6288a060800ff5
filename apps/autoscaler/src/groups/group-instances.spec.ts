import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiRequest } from '#lib/messaging';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { ScalingWorld } from '../../../../test/support/scaling-world.js';
import { GroupInstances } from './group-instances.js';

const HOST = `0123456789abcdef${'0'.repeat(16)}`;
const INSTANCE_ID = 'i-0123456789abcdef0';

describe('the hosts of Auto Scaling groups', () => {
  let ecs: EcsWorld;
  let asked: unknown[];
  let sent: unknown[];
  let instances: GroupInstances;

  beforeEach(() => {
    ecs = new EcsWorld();
    asked = [];
    sent = [];
    const attributes = [
      { name: 'auto-scaling-group', value: 'hosts' },
      { name: 'ecs.availability-zone', value: 'us-east-1b' },
    ];
    ecs.instance(HOST, { attributes });
    ecs.instance('9'.repeat(32));
    const api = {
      query: () =>
        Promise.resolve({ output: { AutoScalingGroups: [{ AutoScalingGroupName: 'hosts' }, { AutoScalingGroupName: 'b' }] } }),
      command: (name: string, _request: unknown, input: unknown) => {
        sent.push([name, input]);
        return Promise.resolve({ output: { Activity: {} } });
      },
    };
    const questions = {
      ask: ({ operation, input }: { operation: string; input: object }) => {
        asked.push(operation);
        ecs.given(operation, input);
        return Promise.resolve({ output: {} });
      },
    };
    instances = new GroupInstances(
      api as never,
      { state: new ScalingWorld().state, nowMs: () => 0 },
      { state: ecs.state },
      questions as never,
    );
  });

  const request = (input: object): ApiRequest<never> => ({ input, context: { ...ecs.scope } }) as never;
  const terminate = () => instances.terminate(request({ InstanceId: INSTANCE_ID, ShouldDecrementDesiredCapacity: true }));

  it('are those that say so, with their zone and whether their agent is there', async () => {
    expect(await instances.describeGroups(request({}))).toEqual({
      output: {
        AutoScalingGroups: [
          {
            AutoScalingGroupName: 'hosts',
            Instances: [
              {
                InstanceId: INSTANCE_ID,
                AvailabilityZone: 'us-east-1b',
                LifecycleState: 'InService',
                HealthStatus: 'Healthy',
                ProtectedFromScaleIn: false,
              },
            ],
          },
          { AutoScalingGroupName: 'b', Instances: [] },
        ],
      },
    });
    expect(instances.describe(request({ InstanceIds: [INSTANCE_ID] }))).toMatchObject({
      output: { AutoScalingInstances: [{ AutoScalingGroupName: 'hosts', HealthStatus: 'HEALTHY' }] },
    });
  });

  it('leave their cluster when they are terminated, and a second time there is none', async () => {
    expect(await terminate()).toEqual({ output: { Activity: {} } });
    expect(asked).toEqual(['DeregisterContainerInstance']);
    expect(sent).toMatchObject([['TerminateInstanceInAutoScalingGroup', { group: 'hosts', isGone: false }]]);
    await terminate();
    expect(sent[1]).toMatchObject(['TerminateInstanceInAutoScalingGroup', { isGone: true }]);
    expect(await instances.terminate(request({ InstanceId: 'i-0123456789abcdef1' }))).toMatchObject({
      rejection: { code: 'ValidationError' },
    });
  });

  it('are counted for who deletes the group', async () => {
    await instances.deleteGroup(request({ AutoScalingGroupName: 'hosts' }));
    await instances.deleteGroup(request({ AutoScalingGroupName: 'b' }));
    expect(sent).toMatchObject([
      ['DeleteAutoScalingGroup', { instances: 1 }],
      ['DeleteAutoScalingGroup', { instances: 0 }],
    ]);
  });
});
