import type { TargetGroupFacts } from '#lib/ecs/services/api';
import type { ApiContext } from '#lib/messaging';
import type { OwnerQuestions } from './owner-questions.js';

/** What it answers DescribeTargetGroups with, as far as it is read here. */
interface Described {
  readonly TargetGroups: readonly {
    readonly TargetGroupArn: string;
    readonly TargetType: string;
    readonly LoadBalancerArns?: readonly string[];
  }[];
}

/** There is none of that ARN; or the ARN is none of a target group's. */
const NOT_THERE = new Set(['TargetGroupNotFound', 'ValidationError']);

/** What the load balancer says of target groups. */
export class TargetGroups {
  constructor(private readonly questions: OwnerQuestions) {}

  /** Of those that there are. Asked one at a time: asked for several, ELBv2 refuses all when one is missing. */
  async factsOf(
    arns: readonly string[],
    context: ApiContext,
  ): Promise<{ readonly facts: readonly TargetGroupFacts[] } | { readonly unavailable: string }> {
    const service = 'elasticloadbalancing';
    const operation = 'DescribeTargetGroups';
    const about = 'target group';
    const asked = [...new Set(arns)].map((arn) =>
      this.questions.ask<Described>({ service, operation, input: { TargetGroupArns: [arn] }, about }, NOT_THERE, context),
    );
    const facts: TargetGroupFacts[] = [];
    for (const answer of await Promise.all(asked)) {
      if ('unavailable' in answer) return answer;
      for (const { TargetGroupArn, TargetType, LoadBalancerArns = [] } of answer.output?.TargetGroups ?? []) {
        facts.push({ targetGroupArn: TargetGroupArn, targetType: TargetType, hasLoadBalancer: LoadBalancerArns.length > 0 });
      }
    }
    return { facts };
  }
}
