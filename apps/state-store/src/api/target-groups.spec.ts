import type { ApiContext, ApiReply, RequestOutcome } from '#lib/messaging';
import { apiHeaders, fromJson, toJson } from '#lib/messaging';
import { OwnerQuestions } from '#lib/app';
import { TargetGroups } from './target-groups.js';

const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/50dc6c495c0c9188';
const context: ApiContext = {
  requestId: 'request',
  principal: 'arn:aws:iam::000000000000:root',
  accountId: '000000000000',
  region: 'us-east-1',
  deadlineAtMs: 10_000,
  revisions: { 'load-balancing': 7 as never },
};

function asked(outcome: RequestOutcome, nowMs = 0) {
  const requests: { subject: string; input: unknown; headers: Readonly<Record<string, string>>; timeoutMs: number }[] = [];
  const bus = {
    request: (subject: string, payload: Uint8Array, { timeoutMs, headers = {} }: { timeoutMs: number; headers?: object }) => {
      requests.push({ subject, input: fromJson(payload), headers: headers as Record<string, string>, timeoutMs });
      return Promise.resolve(outcome);
    },
  };
  return { requests, groups: new TargetGroups(new OwnerQuestions(bus, { monotonicMs: () => nowMs })) };
}

const replied = (reply: ApiReply): RequestOutcome => ({ outcome: 'reply', payload: toJson(reply), headers: {} });
const rejected = (code: string) => replied({ rejection: { code, message: 'no', status: 400 } });

describe('what the load balancer says of target groups', () => {
  it('is asked in the name of the caller, whose own writes it has to know', async () => {
    const { requests, groups } = asked(replied({ output: { TargetGroups: [] } }));
    await groups.factsOf([GROUP, GROUP], context);
    expect(requests).toMatchObject([
      {
        subject: 'api.elasticloadbalancing.DescribeTargetGroups',
        input: { TargetGroupArns: [GROUP] },
        headers: { [apiHeaders.accountId]: '000000000000', [apiHeaders.revisions]: '{"load-balancing":7}' },
      },
    ]);
  });

  it.each([
    [['lb'], true],
    [[], false],
    [undefined, false],
  ])('has a load balancer: %j', async (LoadBalancerArns, hasLoadBalancer) => {
    const output = { TargetGroups: [{ TargetGroupArn: GROUP, TargetType: 'instance', LoadBalancerArns }] };
    const facts = [{ targetGroupArn: GROUP, targetType: 'instance', hasLoadBalancer }];
    expect(await asked(replied({ output })).groups.factsOf([GROUP], context)).toEqual({ facts });
  });

  it.each(['TargetGroupNotFound', 'ValidationError'])('is nothing where it says %s', async (code) => {
    expect(await asked(rejected(code)).groups.factsOf([GROUP], context)).toEqual({ facts: [] });
  });

  it.each([
    ['nobody is there', { outcome: 'no-responders' }],
    ['no answer comes', { outcome: 'timeout' }],
    ['it still folds its journal', replied({ unavailable: 'folding' })],
    ['it fails', rejected('InternalFailure')],
  ] as [string, RequestOutcome][])('is not known, for now, when %s', async (_why, outcome) => {
    expect(await asked(outcome).groups.factsOf([GROUP], context)).toEqual({ unavailable: expect.any(String) });
  });

  it('is not asked for when nobody waits any more', async () => {
    const { requests, groups } = asked({ outcome: 'timeout' }, 10_000);
    expect(await groups.factsOf([GROUP], context)).toHaveProperty('unavailable');
    expect(requests).toEqual([]);
  });
});
