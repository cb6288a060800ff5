import { describe, expect, it } from '@jest/globals';
import { OwnerQuestions } from '#lib/app';
import { type ApiContext, type ApiReply, fromJson, type RequestOutcome, toJson } from '#lib/messaging';
import { groupArn } from '../../../../test/support/capacity-world.js';
import { AutoScalingGroups } from './auto-scaling-groups.js';

const context: ApiContext = {
  requestId: 'request',
  principal: 'arn:aws:iam::000000000000:root',
  accountId: '000000000000',
  region: 'us-east-1',
  deadlineAtMs: 10_000,
  revisions: {},
};

async function created(named: string | undefined, outcome: RequestOutcome) {
  const asked: unknown[] = [];
  const sent: unknown[] = [];
  const bus = {
    request: (subject: string, payload: Uint8Array) => {
      asked.push([subject, fromJson(payload)]);
      return Promise.resolve(outcome);
    },
  };
  const api = {
    command: (name: string, _request: unknown, input: unknown) => {
      sent.push([name, input]);
      return Promise.resolve({ output: {}, revisions: {} });
    },
  };
  const groups = new AutoScalingGroups(api, new OwnerQuestions(bus, { monotonicMs: () => 0 }));
  const input = named === undefined ? {} : { autoScalingGroupProvider: { autoScalingGroupArn: named } };
  const answer = await groups.createProvider({ input, context });
  return { asked, sent, answer };
}

const replied = (reply: ApiReply): RequestOutcome => ({ outcome: 'reply', payload: toJson(reply), headers: {} });
const there = replied({
  output: { AutoScalingGroups: [{ AutoScalingGroupName: 'web', AutoScalingGroupARN: groupArn('web') }] },
});
const fact = { autoScalingGroup: { name: 'web', arn: groupArn('web') } };

describe('the group of a new capacity provider', () => {
  it.each([
    ['its name', 'web', fact],
    ['its ARN', groupArn('web'), fact],
    ['the ARN of an earlier group of that name', groupArn('web').replace('0f2b', 'ffff'), { autoScalingGroup: undefined }],
    ['an ARN of something else', 'arn:aws:ecs:us-east-1:000000000000:cluster/web', { autoScalingGroup: undefined }],
  ])('is told to the command, named by %s', async (_what, named, said) => {
    const { sent } = await created(named, there);
    expect(sent).toEqual([['CreateCapacityProvider', expect.objectContaining(said)]]);
  });

  it('is asked for by its name, in the name of the caller', async () => {
    const { asked } = await created(groupArn('web'), there);
    expect(asked).toEqual([['api.autoscaling.DescribeAutoScalingGroups', { AutoScalingGroupNames: ['web'] }]]);
  });

  it('cannot be given by the caller', async () => {
    const { sent } = await created('web', replied({ output: { AutoScalingGroups: [] } }));
    expect(sent).toEqual([['CreateCapacityProvider', expect.objectContaining({ autoScalingGroup: undefined })]]);
    expect((await created(undefined, there)).asked).toEqual([]);
  });

  it('is unknown for now while nobody can say', async () => {
    const { sent, answer } = await created('web', { outcome: 'no-responders' });
    expect(answer).toEqual({ unavailable: 'the autoscaler cannot be asked for the Auto Scaling group web' });
    expect(sent).toEqual([]);
  });
});
