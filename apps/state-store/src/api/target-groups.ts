import type { ListenerRuleFacts, TargetGroupFacts } from '#lib/ecs/services/api';
import { type ApiContext, apiHeaders, type ApiReply, type Bus, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';

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
  readonly Rules: readonly { readonly RuleArn: string; readonly Actions: readonly Action[] }[];
}
interface DescribedListeners {
  readonly Listeners: readonly { readonly ListenerArn: string; readonly DefaultActions: readonly Action[] }[];
}

const ASK_TIMEOUT_MS = 1_500;

/** There is none of that ARN; or the ARN is none of such a thing. */
const NOT_THERE = new Set(['TargetGroupNotFound', 'RuleNotFound', 'ListenerNotFound', 'ValidationError']);

type Facts<T> = { readonly facts: readonly T[] } | { readonly unavailable: string };
type Described = { readonly output?: object } | { readonly unavailable: string };

/**
 * What the load balancer, whose they are, says of target groups and rules. Asked anew for every request (docs/adr/0010-asking-the-owner.md):
 * nothing is remembered that could be wrong, and who cannot be asked makes the request fail for now, not for good.
 */
export class TargetGroups {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  /** Of those that there are. */
  factsOf(arns: readonly string[], context: ApiContext): Promise<Facts<TargetGroupFacts>> {
    return this.all(arns, async (arn) => {
      const described = await this.ask('DescribeTargetGroups', { TargetGroupArns: [arn] }, context);
      if ('unavailable' in described) return described;
      const { TargetGroups: found = [] } = (described.output ?? {}) as Partial<DescribedGroups>;
      return {
        facts: found.map(({ TargetGroupArn, TargetType, LoadBalancerArns = [] }) => ({
          targetGroupArn: TargetGroupArn,
          targetType: TargetType,
          hasLoadBalancer: LoadBalancerArns.length > 0,
        })),
      };
    });
  }

  /** Of rules, and of listeners that have none: of those that there are. */
  rulesOf(arns: readonly string[], context: ApiContext): Promise<Facts<ListenerRuleFacts>> {
    return this.all(arns, async (arn) => {
      const isListener = arn.includes(':listener/');
      const described = isListener
        ? await this.ask('DescribeListeners', { ListenerArns: [arn] }, context)
        : await this.ask('DescribeRules', { RuleArns: [arn] }, context);
      if ('unavailable' in described) return described;
      const { Rules = [], Listeners = [] } = (described.output ?? {}) as Partial<DescribedRules & DescribedListeners>;
      return {
        facts: [
          ...Rules.map(({ Actions }) => ({ arn, targetGroupArns: groupsOf(Actions) })),
          ...Listeners.map(({ DefaultActions }) => ({ arn, targetGroupArns: groupsOf(DefaultActions) })),
        ],
      };
    });
  }

  /** One at a time: asked for several, ELBv2 refuses all when one is missing. */
  private async all<T>(arns: readonly string[], factsOf: (arn: string) => Promise<Facts<T>>): Promise<Facts<T>> {
    const answers = await Promise.all([...new Set(arns)].map(factsOf));
    const facts: T[] = [];
    for (const answer of answers) {
      if ('unavailable' in answer) return answer;
      facts.push(...answer.facts);
    }
    return { facts };
  }

  private async ask(operation: string, input: object, context: ApiContext): Promise<Described> {
    const timeoutMs = Math.min(ASK_TIMEOUT_MS, context.deadlineAtMs - this.clock.monotonicMs());
    if (timeoutMs <= 0) return { unavailable: 'no time is left to ask the load balancer' };
    const outcome = await this.bus.request(subjects.api('elasticloadbalancing', operation), toJson(input), {
      timeoutMs,
      headers: {
        [apiHeaders.requestId]: context.requestId,
        [apiHeaders.principal]: context.principal,
        [apiHeaders.accountId]: context.accountId,
        [apiHeaders.region]: context.region,
        [apiHeaders.timeout]: String(Math.floor(timeoutMs)),
        // The caller may have made it a moment ago.
        [apiHeaders.revisions]: JSON.stringify(context.revisions),
      },
    });
    if (outcome.outcome !== 'reply') return { unavailable: 'the load balancer cannot be asked for the target group' };
    const reply = fromJson(outcome.payload) as ApiReply;
    if ('unavailable' in reply) return { unavailable: `the load balancer cannot answer: ${reply.unavailable}` };
    if (!('rejection' in reply)) return { output: reply.output as object };
    if (NOT_THERE.has(reply.rejection.code)) return {};
    return { unavailable: `the load balancer did not tell of the target group: ${reply.rejection.message}` };
  }
}

const groupsOf = (actions: readonly Action[]): readonly string[] =>
  actions.flatMap(({ ForwardConfig }) => (ForwardConfig?.TargetGroups ?? []).map(({ TargetGroupArn }) => TargetGroupArn));
