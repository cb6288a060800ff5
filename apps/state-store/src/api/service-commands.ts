import { DomainApi, type NamedNetworks, type NamesNetworks } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { FromStateStore, ServiceConnectInput } from '#lib/ecs/services/api';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
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
  readonly cluster?: string;
  readonly serviceConnectConfiguration?: ServiceConnectInput;
}

interface DescribedCluster {
  readonly serviceConnectDefaults?: { readonly namespace?: string };
}

/** What is asked about services, and commands that make one or a part of one, with what neither their callers nor the `ecs` journal can say. */
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
    const namespace = await this.namespaceToName(input, request);
    const told = namespace ? await this.registries.namespaceFactsOf(namespace, request.context) : { facts: undefined };
    if ('unavailable' in told) return told;
    const said: FromStateStore = {
      healthyAfterMs: this.healthyAfterMs,
      targetGroups: asked.facts,
      registries: found.facts,
      namespaces: told.facts,
      ...(rules.length > 0 ? { listenerRules: heard.facts } : { listenerRules: undefined }),
    };
    return this.api.command(name, request, { ...input, ...said });
  }

  /** Services name their namespace by its name or its ARN. */
  async listByNamespace(request: ApiRequest): Promise<ApiReply> {
    const { namespace } = request.input as { namespace: string };
    // Cloud Map has another journal: what it was called in the past is not asked.
    const told = request.context.asOf ? { facts: [] } : await this.registries.namespaceFactsOf(namespace, request.context);
    if ('unavailable' in told) return told;
    const known = told.facts.flatMap(({ namespaceArn, name }) => [namespaceArn, name]);
    return this.api.query('ListServicesByNamespace', { ...request, input: { ...(request.input as object), known } });
  }

  /** The namespace of which it has to be known how else it is called, and whose name ends those of Service Connect that the request does not say. */
  private async namespaceToName(
    { cluster = 'default', serviceConnectConfiguration: asked }: Input,
    request: ApiRequest,
  ): Promise<string | undefined> {
    if (!asked?.enabled || (asked.services ?? []).length === 0) return undefined;
    return asked.namespace || this.defaultNamespaceOf(cluster, request);
  }

  private async defaultNamespaceOf(cluster: string, request: ApiRequest): Promise<string | undefined> {
    const reply = await this.api.query('DescribeClusters', { ...request, input: { clusters: [cluster] } });
    const { clusters = [] } = ('output' in reply ? reply.output : {}) as { clusters?: readonly DescribedCluster[] };
    return clusters[0]?.serviceConnectDefaults?.namespace;
  }
}

const given = (...arns: (string | undefined)[]): readonly string[] =>
  arns.filter((arn) => arn !== undefined && arn !== '') as string[];
