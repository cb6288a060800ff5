import { instanceQueries } from '../../apps/load-balancer/src/domain/discovery/discovery.js';
import { createEcsStore } from '#lib/ecs/model';
import { type QueryContext, refusable, type Rejection } from '#lib/kernel';
import type { WorldCaller } from './domain-world.js';
import { LoadBalancingWorld } from './load-balancing-world.js';

const SRV = { DnsRecords: [{ Type: 'SRV', TTL: 60 }] };

/** Cloud Map's rules without journal, bus or time. No service of ECS is registered with it. */
export class DiscoveryWorld extends LoadBalancingWorld {
  readonly ecs = createEcsStore().state;

  namespace(Name = 'internal', more: object = {}): string {
    const { OperationId } = this.ok('CreatePrivateDnsNamespace', { Name, Vpc: 'vpc-1', ...more });
    return this.ask('GetOperation', { OperationId }).Operation.Targets.NAMESPACE;
  }

  service(NamespaceId: string, Name = 'web', more: object = {}): string {
    return this.ok('CreateService', { Name, NamespaceId, DnsConfig: SRV, ...more }).Service.Id;
  }

  register(ServiceId: string, InstanceId: string, more: object = {}): string {
    const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '49153', ...more };
    return this.ok('RegisterInstance', { ServiceId, InstanceId, Attributes }).OperationId;
  }

  /** A read that looks at ECS's tasks, too. */
  answer(name: string, input: object, caller: WorldCaller = this.scope): { output: unknown } | { rejection: Rejection } {
    const view = { ...this.state, ecs: this.ecs, tasksChangedRevision: () => 0 };
    const rule = instanceQueries[name] as (view: object, input: object, context: QueryContext) => unknown;
    const context = { ...caller, at: new Date(this.now).toISOString() } as QueryContext;
    const answered = refusable(() => rule(view, input, context));
    return 'ok' in answered ? { output: answered.ok } : answered;
  }

  /** Its output, or `Code: words`. */
  seen(name: string, input: object): any {
    const answered = this.answer(name, input);
    return 'output' in answered ? answered.output : `${answered.rejection.code}: ${answered.rejection.message}`;
  }
}
