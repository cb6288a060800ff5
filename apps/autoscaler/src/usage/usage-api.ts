import type { EcsState, Service } from '#lib/ecs/model';
import { resolveCluster, resolveService } from '#lib/ecs/lookup';
import { tasksOf } from '#lib/ecs/model';
import type { Fold } from '#lib/journal';
import { refusable, refuse, type Scope, scopeKey } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import type { MetricStore } from '../metrics/metric-store.js';
import { targetGroupTraffic } from './target-group-traffic.js';
import type { TaskUses } from './task-uses.js';
import { type ServiceUsage, type TaskUsage, usageOfService, usageOfTask } from './domain/usage.js';

interface ReadUsageInput {
  readonly cluster?: string;
  readonly services?: readonly string[];
}

/** Of each: an answer stays far below what a message may hold. The busiest are told, the others counted. */
const MOST_SERVICES = 500;
const MOST_TASKS = 1_000;

export interface UsageApiDeps {
  readonly ecs: Pick<Fold<EcsState>, 'state'>;
  readonly uses: Pick<TaskUses, 'of'>;
  readonly store: MetricStore;
  readonly clock: Clock;
}

/** What services and tasks use now: of each task what its host told last, of services what their load balancers saw. */
export class UsageApi {
  constructor(private readonly deps: UsageApiDeps) {}

  read({ input, context }: ApiRequest<ReadUsageInput>): ApiReply {
    const answer = refusable(() => {
      if (context.asOf !== undefined) throw refuse('InvalidParameterException', 'What tasks use is known of now only.');
      return this.usage({ accountId: context.accountId, region: context.region } as Scope, input);
    });
    return 'rejection' in answer ? answer : { output: answer.ok };
  }

  private usage(scope: Scope, { cluster, services: named }: ReadUsageInput) {
    const { ecs, store, clock } = this.deps;
    const { state } = ecs;
    const clusters =
      cluster === undefined && !named
        ? [...state.clusters.by('scope', scopeKey(scope))].filter(({ status }) => status !== 'INACTIVE')
        : [resolveCluster(state, scope, cluster)];
    const wanted = named?.map((name) => resolveService(state, scope, clusters[0]!, name));
    const trafficOf = targetGroupTraffic(store, scope, clock.now());
    const services: ServiceUsage[] = [];
    const tasks: TaskUsage[] = [];
    for (const { clusterArn } of clusters) {
      for (const service of wanted ?? state.services.by('cluster', clusterArn)) {
        const own = [...state.tasks.by('service', service.serviceArn)].map((task) => this.ofTask(task.taskArn));
        services.push(usageOfService(service, own, trafficOf(targetGroupsOf(state, service))));
        tasks.push(...own);
      }
      if (wanted) continue;
      for (const { taskArn, lastStatus, replica } of tasksOf(state, clusterArn))
        if (lastStatus !== 'STOPPED' && !replica) tasks.push(this.ofTask(taskArn));
    }
    services.sort(busiestFirst);
    tasks.sort(busiestFirst);
    return {
      at: new Date(clock.now()).toISOString(),
      services: services.slice(0, MOST_SERVICES),
      tasks: tasks.slice(0, MOST_TASKS),
      omittedServices: Math.max(0, services.length - MOST_SERVICES),
      omittedTasks: Math.max(0, tasks.length - MOST_TASKS),
    };
  }

  private ofTask(taskArn: string): TaskUsage {
    const { ecs, uses, clock } = this.deps;
    return usageOfTask(ecs.state, ecs.state.tasks.get(taskArn)!, uses.of(taskArn, clock.monotonicMs()));
  }
}

const busiestFirst = (a: { readonly cpuPercent?: number | undefined }, b: typeof a): number =>
  (b.cpuPercent ?? -1) - (a.cpuPercent ?? -1);

/** Also those that a deployment moves traffic to, and those of task sets. */
const targetGroupsOf = (state: EcsState, service: Service): ReadonlySet<string> =>
  new Set(
    [service, ...state.taskSets.by('service', service.serviceArn)]
      .flatMap(({ loadBalancers = [] }) => loadBalancers)
      .flatMap(({ targetGroupArn, advancedConfiguration }) => [
        targetGroupArn,
        ...(advancedConfiguration ? [advancedConfiguration.alternateTargetGroupArn] : []),
      ]),
  );
