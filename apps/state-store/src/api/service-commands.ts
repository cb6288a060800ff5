import { DomainApi, type NamedNetworks, type NamesNetworks } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { FromStateStore } from '#lib/ecs/services/api';
import type { ApiAnswer, ApiRequest } from '#lib/messaging';
import type { Registries } from './registries.js';
import type { TargetGroups } from './target-groups.js';

interface Input extends NamesNetworks {
  readonly loadBalancers?: readonly {
    readonly targetGroupArn?: string;
    readonly advancedConfiguration?: {
      readonly alternateTargetGroupArn?: string;
      readonly productionListenerRule?: string;
      readonly testListenerRule?: string;
    };
  }[];
  readonly serviceRegistries?: readonly { readonly registryArn?: string }[];
}

/** Commands that make a service or a part of one, with what neither their callers nor the `ecs` journal can say. */
export class ServiceCommands {
  constructor(
    private readonly api: DomainApi<EcsState>,
    private readonly targetGroups: TargetGroups,
    private readonly registries: Registries,
    private readonly networks: Pick<NamedNetworks, 'problemOf'>,
    /** How long a task without a health check has to be RUNNING to count as healthy (ECS: 40 s). Recorded with each deployment. */
    private readonly healthyAfterMs: number,
  ) {}

  async send(name: 'CreateService' | 'UpdateService' | 'CreateTaskSet', request: ApiRequest): Promise<ApiAnswer> {
    const input = request.input as Input;
    const problem = await this.networks.problemOf(input, request.context);
    if (problem) return problem;
    const named: string[] = [];
    const rules: string[] = [];
    for (const { targetGroupArn, advancedConfiguration: advanced = {} } of input.loadBalancers ?? []) {
      named.push(...given(targetGroupArn, advanced.alternateTargetGroupArn));
      rules.push(...given(advanced.productionListenerRule, advanced.testListenerRule));
    }
    const asked = named.length > 0 ? await this.targetGroups.factsOf(named, request.context) : { facts: [] };
    if ('unavailable' in asked) return asked;
    const heard = rules.length > 0 ? await this.targetGroups.rulesOf(rules, request.context) : { facts: [] };
    if ('unavailable' in heard) return heard;
    const registryArns = (input.serviceRegistries ?? []).flatMap(({ registryArn }) => registryArn ?? []);
    const found = registryArns.length > 0 ? await this.registries.factsOf(registryArns, request.context) : { facts: [] };
    if ('unavailable' in found) return found;
    const said: FromStateStore = {
      healthyAfterMs: this.healthyAfterMs,
      targetGroups: asked.facts,
      registries: found.facts,
      ...(rules.length > 0 ? { listenerRules: heard.facts } : { listenerRules: undefined }),
    };
    return this.api.command(name, request, { ...input, ...said });
  }
}

const given = (...arns: (string | undefined)[]): readonly string[] =>
  arns.filter((arn) => arn !== undefined && arn !== '') as string[];
