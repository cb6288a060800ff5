import type { TargetGroupFacts } from '#lib/ecs/services/api';
import { type ApiContext, apiHeaders, type ApiReply, type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';

/** What it answers DescribeTargetGroups with, as far as it is read here. */
interface Described {
  readonly TargetGroups: readonly {
    readonly TargetGroupArn: string;
    readonly TargetType: string;
    readonly LoadBalancerArns?: readonly string[];
  }[];
}

const ASK_TIMEOUT_MS = 1_500;

/** There is none of that ARN; or the ARN is none of a target group's. */
const NOT_THERE = new Set(['TargetGroupNotFound', 'ValidationError']);

/**
 * What the load balancer, whose they are, says of target groups. Asked anew for every request (docs/adr/0010-asking-the-owner.md):
 * nothing is remembered that could be wrong, and who cannot be asked makes the request fail for now, not for good.
 */
export class TargetGroups {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  /** Of those that there are. */
  async factsOf(
    arns: readonly string[],
    context: ApiContext,
  ): Promise<{ readonly facts: readonly TargetGroupFacts[] } | { readonly unavailable: string }> {
    const answers = await Promise.all([...new Set(arns)].map((arn) => this.ask(arn, context)));
    const facts: TargetGroupFacts[] = [];
    for (const answer of answers) {
      if ('unavailable' in answer) return answer;
      facts.push(...answer.facts);
    }
    return { facts };
  }

  /** One at a time: asked for several, ELBv2 refuses all when one is missing. */
  private async ask(
    arn: string,
    context: ApiContext,
  ): Promise<{ readonly facts: readonly TargetGroupFacts[] } | { readonly unavailable: string }> {
    const timeoutMs = Math.min(ASK_TIMEOUT_MS, context.deadlineAtMs - this.clock.monotonicMs());
    if (timeoutMs <= 0) return { unavailable: 'no time is left to ask the load balancer' };
    const subject = subjects.api('elasticloadbalancing', 'DescribeTargetGroups');
    const outcome = await this.bus.request(subject, toJson({ TargetGroupArns: [arn] }), {
      timeoutMs,
      headers: {
        [apiHeaders.requestId]: context.requestId,
        [apiHeaders.principal]: context.principal,
        [apiHeaders.accountId]: context.accountId,
        [apiHeaders.region]: context.region,
        [apiHeaders.timeout]: String(Math.floor(timeoutMs)),
        // The caller may have made the target group a moment ago.
        [apiHeaders.revisions]: JSON.stringify(context.revisions),
      },
    });
    if (outcome.outcome !== 'reply') return { unavailable: 'the load balancer cannot be asked for the target group' };
    const reply = fromJson(outcome.payload) as ApiReply;
    if ('unavailable' in reply) return { unavailable: `the load balancer cannot answer: ${reply.unavailable}` };
    if ('rejection' in reply) {
      if (NOT_THERE.has(reply.rejection.code)) return { facts: [] };
      return { unavailable: `the load balancer did not tell of the target group: ${reply.rejection.message}` };
    }
    const { TargetGroups } = reply.output as Described;
    return {
      facts: TargetGroups.map(({ TargetGroupArn, TargetType, LoadBalancerArns = [] }) => ({
        targetGroupArn: TargetGroupArn,
        targetType: TargetType,
        hasLoadBalancer: LoadBalancerArns.length > 0,
      })),
    };
  }
}
