import type { DomainApi, OwnerQuestions } from '#lib/app';
import type { AutoScalingGroupFact } from '#lib/ecs/clusters';
import { type EcsState, groupNameOf } from '#lib/ecs/model';
import type { ApiAnswer, ApiContext, ApiRequest } from '#lib/messaging';

interface CreateInput {
  readonly autoScalingGroupProvider?: { readonly autoScalingGroupArn?: string };
}

interface Described {
  readonly AutoScalingGroups: readonly { readonly AutoScalingGroupName: string; readonly AutoScalingGroupARN: string }[];
}

/** What Auto Scaling says of its groups, of which capacity providers are made. */
export class AutoScalingGroups {
  constructor(
    private readonly api: Pick<DomainApi<EcsState>, 'command'>,
    private readonly questions: Pick<OwnerQuestions, 'ask'>,
  ) {}

  async createProvider(request: ApiRequest<CreateInput>): Promise<ApiAnswer> {
    const { input, context } = request;
    const named = input.autoScalingGroupProvider?.autoScalingGroupArn;
    const fact = named === undefined ? {} : await this.factOf(named, context);
    if ('unavailable' in fact) return fact;
    return this.api.command('CreateCapacityProvider', request, { ...input, autoScalingGroup: undefined, ...fact });
  }

  /** By its ARN or its name [sdk AutoScalingGroupProvider]. */
  private async factOf(nameOrArn: string, context: ApiContext): Promise<AutoScalingGroupFact | { readonly unavailable: string }> {
    const isArn = nameOrArn.startsWith('arn:');
    const name = isArn ? groupNameOf(nameOrArn) : nameOrArn;
    if (name === '') return {};
    const answer = await this.questions.ask<Described>(
      {
        service: 'autoscaling',
        operation: 'DescribeAutoScalingGroups',
        input: { AutoScalingGroupNames: [name] },
        owner: 'the autoscaler',
        about: `Auto Scaling group ${name}`,
      },
      NOT_THERE,
      context,
    );
    if ('unavailable' in answer) return answer;
    const found = answer.output?.AutoScalingGroups.find(
      (group) => group.AutoScalingGroupName === name && (!isArn || group.AutoScalingGroupARN === nameOrArn),
    );
    return found ? { autoScalingGroup: { name, arn: found.AutoScalingGroupARN } } : {};
  }
}

/** No name of any group. */
const NOT_THERE = new Set(['ValidationError']);
