import { refuse, type Rejection } from '#lib/kernel';
import type { ApiContext } from '#lib/messaging';
import type { OwnerQuestions } from './owner-questions.js';

export interface NamesNetworks {
  readonly networkConfiguration?: {
    readonly awsvpcConfiguration?: { readonly subnets?: readonly string[]; readonly securityGroups?: readonly string[] };
  };
}

const NOT_THERE = new Set([
  'InvalidSubnetID.NotFound',
  'InvalidGroup.NotFound',
  'InvalidSubnetID.Malformed',
  'InvalidGroupId.Malformed',
]);

type Kind = 'subnet' | 'security group';
const OPERATIONS = {
  subnet: ['DescribeSubnets', 'SubnetIds'],
  'security group': ['DescribeSecurityGroups', 'GroupIds'],
} as const satisfies Record<Kind, readonly [operation: string, member: string]>;

/** Whether the subnets and groups that a request names for its tasks are there: the network says it, at the moment of the request. */
export class NamedNetworks {
  constructor(private readonly questions: Pick<OwnerQuestions, 'ask'>) {}

  /** Undefined: nothing is wrong with them. */
  async problemOf(
    { networkConfiguration }: NamesNetworks,
    context: ApiContext,
  ): Promise<{ readonly rejection: Rejection } | { readonly unavailable: string } | undefined> {
    const { subnets = [], securityGroups = [] } = networkConfiguration?.awsvpcConfiguration ?? {};
    const problems = await Promise.all([
      this.ask('subnet', subnets, context),
      this.ask('security group', securityGroups, context),
    ]);
    return problems.find((problem) => problem !== undefined);
  }

  private async ask(kind: Kind, ids: readonly string[], context: ApiContext) {
    if (ids.length === 0) return undefined;
    const [operation, member] = OPERATIONS[kind];
    const question = { service: 'ec2', operation, input: { [member]: ids }, owner: 'the network', about: `${kind}s` };
    const answer = await this.questions.ask(question, NOT_THERE, context);
    if ('unavailable' in answer) return answer;
    return answer.refused && { rejection: rejectionOf(kind, ids, answer.refused) };
  }
}

/** ECS's words around EC2's. */
const rejectionOf = (kind: Kind, ids: readonly string[], { code, message }: Rejection): Rejection =>
  refuse(
    'InvalidParameterException',
    `Error retrieving ${kind} information for [${ids.join(', ')}]: ${message} (ErrorCode: ${code})`,
  ).rejection;
