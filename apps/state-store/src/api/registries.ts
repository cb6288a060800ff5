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
  readonly Namespace: { readonly Name: string };
}

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

  /** Of the namespace of that ARN, if there is one. */
  async namespaceFactsOf(
    namespaceArn: string,
    context: ApiContext,
  ): Promise<{ readonly facts: readonly NamespaceFacts[] } | { readonly unavailable: string }> {
    const question = { ...OWNER, operation: 'GetNamespace', about: 'namespace', input: { Id: namespaceArn } };
    const answer = await this.questions.ask<GotNamespace>(question, NOT_THERE, context);
    if ('unavailable' in answer) return answer;
    return { facts: answer.output ? [{ namespaceArn, name: answer.output.Namespace.Name }] : [] };
  }
}
