import type { ListenerRuleFacts, TargetGroupFacts } from '#lib/ecs/services/api';
import type { ApiContext } from '#lib/messaging';
import type { OwnerQuestions, OwnersAnswer } from '#lib/app';

/** What it answers with, as far as it is read here. */
interface DescribedGroups {
  readonly TargetGroups: readonly {
    readonly TargetGroupArn: string;
    readonly TargetType: string;
    readonly LoadBalancerArns?: readonly string[];
  }[];
}
interface Action {
  readonly ForwardConfig?: { readonly TargetGroups?: readonly { readonly TargetGroupArn: string }[] };
}
interface DescribedRules {
  readonly Rules: readonly { readonly Actions: readonly Action[] }[];
}
interface DescribedListeners {
  readonly Listeners: readonly { readonly DefaultActions: readonly Action[] }[];
}

/** There is none of that ARN; or the ARN is none of such a thing. */
const NOT_THERE = new Set(['TargetGroupNotFound', 'RuleNotFound', 'ListenerNotFound', 'ValidationError']);

type Facts<T> = { readonly facts: readonly T[] } | { readonly unavailable: string };

/** What the load balancer says of target groups and rules: of those that there are. */
export class TargetGroups {
  constructor(private readonly questions: OwnerQuestions) {}

  factsOf(arns: readonly string[], context: ApiContext): Promise<Facts<TargetGroupFacts>> {
    return all(arns, async (arn) => {
      const input = { TargetGroupArns: [arn] };
      const answer = await this.ask<DescribedGroups>('DescribeTargetGroups', input, 'target group', context);
      if ('unavailable' in answer) return answer;
      return {
        facts: (answer.output?.TargetGroups ?? []).map(({ TargetGroupArn, TargetType, LoadBalancerArns = [] }) => ({
          targetGroupArn: TargetGroupArn,
          targetType: TargetType,
          hasLoadBalancer: LoadBalancerArns.length > 0,
        })),
      };
    });
  }

  /** Of rules, and of listeners that have none. */
  rulesOf(arns: readonly string[], context: ApiContext): Promise<Facts<ListenerRuleFacts>> {
    return all(arns, async (arn) => {
      const about = 'listener rule';
      const isListener = arn.includes(':listener/');
      const answer = isListener
        ? await this.ask<DescribedListeners>('DescribeListeners', { ListenerArns: [arn] }, about, context)
        : await this.ask<DescribedRules>('DescribeRules', { RuleArns: [arn] }, about, context);
      if ('unavailable' in answer) return answer;
      const { Rules = [], Listeners = [] } = (answer.output ?? {}) as Partial<DescribedRules & DescribedListeners>;
      const actions = [...Rules.map((rule) => rule.Actions), ...Listeners.map((listener) => listener.DefaultActions)];
      return { facts: actions.map((each) => ({ arn, targetGroupArns: groupsOf(each) })) };
    });
  }

  private ask<O>(operation: string, input: object, about: string, context: ApiContext): Promise<OwnersAnswer<O>> {
    return this.questions.ask<O>(
      { service: 'elasticloadbalancing', operation, input, owner: 'the load balancer', about },
      NOT_THERE,
      context,
    );
  }
}

/** One at a time: asked for several, ELBv2 refuses all when one is missing. */
async function all<T>(arns: readonly string[], factsOf: (arn: string) => Promise<Facts<T>>): Promise<Facts<T>> {
  const facts: T[] = [];
  for (const answer of await Promise.all([...new Set(arns)].map(factsOf))) {
    if ('unavailable' in answer) return answer;
    facts.push(...answer.facts);
  }
  return { facts };
}

const groupsOf = (actions: readonly Action[]): readonly string[] =>
  actions.flatMap(({ ForwardConfig }) => (ForwardConfig?.TargetGroups ?? []).map(({ TargetGroupArn }) => TargetGroupArn));
