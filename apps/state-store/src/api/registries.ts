import type { NamespaceFacts, RegistryFacts } from '#lib/ecs/services/api';
import type { ApiContext } from '#lib/messaging';
import type { OwnerQuestions } from '#lib/app';

/** What Cloud Map answers GetService with, as far as it is read here. */
interface Got {
  readonly Service: {
    readonly Arn: string;
    readonly DnsConfig?: { readonly DnsRecords: readonly { readonly Type: string }[] };
  };
}

interface GotNamespace {
  readonly Arn: string;
  readonly Name: string;
}

const factsOfNamespace = ({ Arn: namespaceArn, Name: name }: GotNamespace): NamespaceFacts => ({ namespaceArn, name });

/** There is none of that ARN; or the ARN is none of such a thing's. */
const NOT_THERE = new Set(['ServiceNotFound', 'NamespaceNotFound', 'InvalidInput']);
const OWNER = { service: 'servicediscovery', owner: 'the load balancer' };

/** What Cloud Map says of its services, which are ECS's service registries, and of its namespaces, which are Service Connect's. */
export class Registries {
  constructor(private readonly questions: OwnerQuestions) {}

  /** Of those that there are. */
  async factsOf(
    arns: readonly string[],
    context: ApiContext,
  ): Promise<{ readonly facts: readonly RegistryFacts[] } | { readonly unavailable: string }> {
    const question = { ...OWNER, operation: 'GetService', about: 'service registry' };
    const asked = [...new Set(arns)].map((Id) => this.questions.ask<Got>({ ...question, input: { Id } }, NOT_THERE, context));
    const facts: RegistryFacts[] = [];
    for (const answer of await Promise.all(asked)) {
      if ('unavailable' in answer) return answer;
      if (!answer.output) continue;
      const { Arn, DnsConfig } = answer.output.Service;
      facts.push({ registryArn: Arn, recordTypes: (DnsConfig?.DnsRecords ?? []).map(({ Type }) => Type) });
    }
    return { facts };
  }

  /** Of the namespaces of that ARN, or of that name. */
  async namespaceFactsOf(
    nameOrArn: string,
    context: ApiContext,
  ): Promise<{ readonly facts: readonly NamespaceFacts[] } | { readonly unavailable: string }> {
    const about = { ...OWNER, about: 'namespace' };
    if (!nameOrArn.startsWith('arn:')) {
      const Filters = [{ Name: 'NAME', Values: [nameOrArn], Condition: 'EQ' }];
      const listed = await this.questions.ask<{ readonly Namespaces: readonly GotNamespace[] }>(
        { ...about, operation: 'ListNamespaces', input: { Filters } },
        NOT_THERE,
        context,
      );
      if ('unavailable' in listed) return listed;
      return { facts: (listed.output?.Namespaces ?? []).map(factsOfNamespace) };
    }
    const got = await this.questions.ask<{ readonly Namespace: GotNamespace }>(
      { ...about, operation: 'GetNamespace', input: { Id: nameOrArn } },
      NOT_THERE,
      context,
    );
    if ('unavailable' in got) return got;
    return { facts: got.output ? [factsOfNamespace(got.output.Namespace)] : [] };
  }
}
