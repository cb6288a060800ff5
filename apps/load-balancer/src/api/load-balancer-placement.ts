import type { OwnerQuestions } from '#lib/app';
import type { ApiContext, ApiRequest } from '#lib/messaging';
import type { Placement } from '../domain/addresses.js';
import type { SubnetFacts, SubnetsInput } from '../domain/network-input.js';

interface Described {
  readonly Subnets: readonly { readonly SubnetId: string; readonly VpcId: string; readonly AvailabilityZone: string }[];
}

type Asked = { readonly facts: SubnetFacts } | { readonly unavailable: string };

/** What neither the caller nor the `load-balancing` journal says of a load balancer: where it listens, and what its subnets are. */
export class LoadBalancerPlacement {
  constructor(
    private readonly placement: Placement,
    private readonly questions: Pick<OwnerQuestions, 'ask'>,
  ) {}

  /** In which the names of this installation end. */
  get dnsSuffix(): string {
    return this.placement.dnsSuffix;
  }

  async addTo({ input, context }: ApiRequest): Promise<{ readonly input: object } | { readonly unavailable: string }> {
    const asked = await this.factsOf(input as SubnetsInput, context);
    if ('unavailable' in asked) return asked;
    return { input: { ...(input as object), placement: this.placement, subnetFacts: asked.facts } };
  }

  /** A filter and no ids: of names that are no subnets nothing is said, and the load balancer keeps them as names. */
  private async factsOf({ Subnets = [], SubnetMappings = [] }: SubnetsInput, context: ApiContext): Promise<Asked> {
    const ids = [...Subnets, ...SubnetMappings.flatMap(({ SubnetId }) => SubnetId ?? [])];
    if (ids.length === 0) return { facts: {} };
    const answer = await this.questions.ask<Described>(
      {
        service: 'ec2',
        operation: 'DescribeSubnets',
        input: { Filters: [{ Name: 'subnet-id', Values: ids }] },
        owner: 'the network',
        about: 'subnets',
      },
      new Set(),
      context,
    );
    if ('unavailable' in answer) return answer;
    const [first] = answer.output?.Subnets ?? [];
    if (!first) return { facts: {} };
    const zones = Object.fromEntries(
      answer.output!.Subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]),
    );
    return { facts: { vpcId: first.VpcId, zones } };
  }
}
