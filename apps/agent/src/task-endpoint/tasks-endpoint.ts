import { networkInterfaces } from 'node:os';
import type { ContainerDefinition, TaskDefinitionPayload } from '#lib/ecs/model';
import type { Clock, Logger } from '#lib/platform';
import type { ControlPlane } from '../control-plane.js';
import type { EndpointIds } from './domain/endpoint-ids.js';
import { ENDPOINT_PLACE, endpointEnvironment, sdkEnvironment } from './domain/route.js';
import { EndpointListener } from './endpoint-listener.js';
import {
  type EndpointEngine,
  type EndpointRequest,
  type KnownTasks,
  TaskEndpoint,
  type TaskEndpointDeps,
} from './task-endpoint.js';

const KEEP_INTERVAL_MS = 10_000;

export interface TasksEndpointDeps {
  readonly instanceId: string;
  readonly ids: EndpointIds;
  readonly engine: EndpointEngine;
  readonly meter: TaskEndpointDeps['meter'];
  /** Sees to it that the host has the endpoint's address: somebody may have pruned the engine's networks. */
  readonly keepAddress: () => Promise<void>;
  /** Where, at the endpoint's address, tasks reach the API; undefined: they do not. */
  readonly apiPort?: number;
  /** Of the sockets of this host's agents. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An agent's part of the place where its host's tasks ask of themselves. */
export class TasksEndpoint {
  private readonly life = new AbortController();
  private listener: EndpointListener | undefined;

  constructor(private readonly deps: TasksEndpointDeps) {}

  /** `container`: with its secrets. */
  environmentOf(
    definition: TaskDefinitionPayload,
    taskArn: string,
    { name, environment }: Pick<ContainerDefinition, 'name' | 'environment'>,
  ): Readonly<Record<string, string>> {
    const { ids, apiPort } = this.deps;
    if (definition.networkMode === 'none') return {};
    const credentialsId = definition.taskRoleArn ? ids.ofCredentials(taskArn) : undefined;
    const own = new Set(environment.flatMap((one) => one.name ?? []));
    const { requiresCompatibilities } = definition;
    return {
      ...sdkEnvironment({ taskArn, requiresCompatibilities }, apiPort, own),
      ...endpointEnvironment(ids.ofContainer(taskArn, name), credentialsId),
    };
  }

  serve(tasks: KnownTasks, controlPlane: ControlPlane): void {
    const { logger, clock, directory, instanceId } = this.deps;
    const endpoint = new TaskEndpoint({ ...this.deps, tasks, controlPlane, hostAddresses });
    const answer = (request: EndpointRequest) => endpoint.answer(request);
    this.listener = new EndpointListener({ instanceId, place: ENDPOINT_PLACE, directory, clock, logger, answer });
    this.listener.start().catch((error: unknown) => logger.error({ err: error }, "the tasks' endpoint cannot be served"));
    this.keep(endpoint).catch((error: unknown) => {
      if (!this.life.signal.aborted) logger.error({ err: error }, "the tasks' endpoint is not kept any more");
    });
  }

  stop(): void {
    this.life.abort(new Error('the agent stops'));
    this.listener?.stop();
  }

  private async keep(endpoint: TaskEndpoint): Promise<void> {
    for (;;) {
      await this.deps.clock.sleep(KEEP_INTERVAL_MS, this.life.signal);
      endpoint.sweep();
      try {
        await this.deps.keepAddress();
      } catch (error) {
        this.deps.logger.warn({ err: error }, "the address of the tasks' endpoint could not be looked after; it is tried again");
      }
    }
  }
}

/** Whoever connects from the host itself has the endpoint's own address, which Node does not list: nobody is on that interface. */
const hostAddresses = (): ReadonlySet<string> =>
  new Set([ENDPOINT_PLACE.host, ...Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address))]);
