import { answerQuery, type DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';
import type { Fold } from '#lib/journal';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { instanceQueries } from '../domain/discovery/discovery.js';
import type { DiscoveryView } from '../domain/discovery/rule-types.js';
import { countOfTasks, instanceOfTask } from '../domain/discovery/task-instances.js';
import type { DiscoveryService } from '../domain/discovery/model.js';
import type { LoadBalancingState } from '../domain/state.js';
import { lastSegment } from '#lib/kernel';

export interface DiscoveryDeps {
  readonly api: DomainApi<LoadBalancingState>;
  readonly own: Pick<Fold<LoadBalancingState>, 'state' | 'nowMs'>;
  readonly ecs: Pick<Fold<EcsState>, 'state'>;
  readonly tasksChangedRevision: (registryArn: string) => number;
}

/** Cloud Map's operations: on this app's own journal, and on the tasks of ECS's services that are instances too. */
export class DiscoveryApi {
  constructor(private readonly deps: DiscoveryDeps) {}

  query(operation: string, request: ApiRequest): Promise<ApiReply> {
    return this.deps.api.query(operation, request);
  }

  command(name: string, request: ApiRequest): Promise<ApiAnswer> {
    return this.deps.api.command(name, request);
  }

  /** Answered from two journals: an instant says where both were, and no reader of the past has both. */
  queryInstances(operation: string, request: ApiRequest): Promise<ApiReply> {
    if (request.context.asOf) {
      const message =
        `${operation} cannot be read as of a moment: instances that are tasks follow from the tasks. ` +
        'Ask ecs ListTasks and DescribeTasks as of it; namespaces and operations can be read so, too.';
      return Promise.resolve({ rejection: { code: 'InvalidInput', message, status: 400 } });
    }
    const at = new Date(this.deps.own.nowMs()).toISOString();
    return Promise.resolve(answerQuery({ queries: instanceQueries }, this.view(), operation, request, at));
  }

  /** With what the journal does not know: whether the instance is a task's. */
  commandInstance(name: string, request: ApiRequest): Promise<ApiAnswer> {
    const { ServiceId = '', InstanceId = '' } = request.input as { readonly ServiceId?: string; readonly InstanceId?: string };
    const service = this.service(ServiceId);
    const isOfTask = service !== undefined && instanceOfTask(this.deps.ecs.state, service.arn, InstanceId) !== undefined;
    return this.deps.api.command(name, request, { ...(request.input as object), isOfTask });
  }

  /** With the number of instances that are tasks. */
  deleteService(request: ApiRequest): Promise<ApiAnswer> {
    const service = this.service((request.input as { readonly Id?: string }).Id ?? '');
    const instancesOfTasks = service ? countOfTasks(this.deps.ecs.state, service.arn) : 0;
    return this.deps.api.command('DeleteService', request, { ...(request.input as object), instancesOfTasks });
  }

  /** By id or ARN, whosever it is: the command finds out. */
  private service(idOrArn: string): DiscoveryService | undefined {
    return this.deps.own.state.discoveryServices.get(lastSegment(idOrArn));
  }

  private view(): DiscoveryView {
    const { own, ecs, tasksChangedRevision } = this.deps;
    const { namespaces, discoveryServices, instances, operations } = own.state;
    return { namespaces, discoveryServices, instances, operations, ecs: ecs.state, tasksChangedRevision };
  }
}
