import { z } from 'zod';
import type { ProtectionChange, TaskFacts } from '#lib/ecs/model';
import type { Clock, Logger } from '#lib/platform';
import type { ControlPlane } from '../control-plane.js';
import type { ContainerRecord } from '../domain/task-record.js';
import type { ContainerMeter } from '../metrics/container-meter.js';
import { EndpointIds, isSame, parseEndpointId } from './domain/endpoint-ids.js';
import { containerMetadata, type EngineContainer, type KnownTask, taskMetadata } from './domain/metadata.js';
import { RequestLimit } from './domain/request-limit.js';
import { type Route, routeOf } from './domain/route.js';
import { statsDocument } from './domain/stats.js';
import { CredentialsCache } from './credentials-cache.js';

/** What is asked of the container engine, beyond running tasks. */
export interface EndpointEngine {
  describe(runtimeId: string): Promise<EngineContainer | undefined>;
}

/** The agent's tasks, by the last part of their ARN. */
export interface KnownTasks {
  task(taskId: string): KnownTask | undefined;
}

export interface EndpointRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  /** Where it comes from. */
  readonly source: string;
}
export interface EndpointResponse {
  readonly status: number;
  readonly body: unknown;
}

export interface TaskEndpointDeps {
  readonly ids: EndpointIds;
  readonly engine: EndpointEngine;
  readonly meter: Pick<ContainerMeter, 'measure' | 'sweep'>;
  readonly tasks: KnownTasks;
  readonly controlPlane: Pick<ControlPlane, 'facts' | 'credentials' | 'protection'>;
  /** This host's own addresses: tasks in `host` mode come from them. */
  readonly hostAddresses: () => ReadonlySet<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NOT_FOUND: EndpointResponse = { status: 404, body: 'There is nothing here for this task.' };
const AWAY: EndpointResponse = {
  status: 503,
  body: { code: 'ServerException', message: 'The control plane does not answer. Try again.' },
};

const protectionInput = z.strictObject({ ProtectionEnabled: z.boolean(), ExpiresInMinutes: z.int().optional() });

/** What tasks are told of themselves, each by its own secret ids and from its own addresses only. */
export class TaskEndpoint {
  private readonly limit = new RequestLimit();
  private readonly credentials: CredentialsCache;
  /** Addresses by container run; a run keeps its own. */
  private readonly addresses = new Map<string, readonly string[]>();

  constructor(private readonly deps: TaskEndpointDeps) {
    this.credentials = new CredentialsCache((taskArn) => deps.controlPlane.credentials(taskArn), deps.clock);
  }

  async answer(request: EndpointRequest): Promise<EndpointResponse> {
    const route = routeOf(request.target);
    const asked = route && this.find(route);
    if (!route || !asked) return route?.what === 'credentials' ? UNKNOWN_CREDENTIALS : NOT_FOUND;
    const { taskArn } = asked.task.record;
    if (!(await this.comesFrom(asked.task, request.source))) {
      this.deps.logger.warn(
        { taskArn, source: request.source },
        "a task's endpoint was asked from an address that is not the task's",
      );
      return NOT_FOUND;
    }
    if (!this.limit.admits(taskArn, this.deps.clock.monotonicMs()))
      return { status: 429, body: 'Too many requests of this task.' };
    if (route.what === 'protection') return this.protection(taskArn, request);
    if (request.method !== 'GET') return { status: 405, body: `${request.method} is not allowed here.` };
    if (route.what === 'credentials') return this.keysOf(taskArn);
    return this.metadata(route.what, route.version, asked.task, asked.container!);
  }

  private find({ id, what }: Route): { task: KnownTask; container?: ContainerRecord } | undefined {
    const task = this.deps.tasks.task(parseEndpointId(id)?.taskId ?? '');
    if (!task) return undefined;
    const { taskArn, containers } = task.record;
    const { ids } = this.deps;
    if (what === 'credentials') return isSame(id, ids.ofCredentials(taskArn)) ? { task } : undefined;
    const container = containers.find(({ name }) => isSame(id, ids.ofContainer(taskArn, name)));
    return container && { task, container };
  }

  private async comesFrom({ record, definition }: KnownTask, source: string): Promise<boolean> {
    if (definition.networkMode === 'host') return this.deps.hostAddresses().has(source);
    if (definition.networkMode === 'awsvpc') return source === record.network?.given?.networkInterface.privateIpv4Address;
    for (const { runtimeId, startedAt } of record.containers) {
      if (runtimeId !== undefined && (await this.addressesOf(runtimeId, startedAt)).includes(source)) return true;
    }
    return false;
  }

  /** It may ask before the agent has heard that it runs: what has no address yet is looked at again. */
  private async addressesOf(runtimeId: string, startedAt: string | undefined): Promise<readonly string[]> {
    const run = `${runtimeId} ${startedAt}`;
    const known = this.addresses.get(run);
    if (known) return known;
    const container = await this.deps.engine.describe(runtimeId);
    const found = container?.networks.flatMap(({ addresses }) => addresses).filter((address) => address !== '') ?? [];
    if (found.length > 0 && startedAt !== undefined) this.addresses.set(run, found);
    return found;
  }

  private async metadata(
    what: 'container' | 'task' | 'taskWithTags' | 'stats' | 'taskStats',
    version: 3 | 4,
    task: KnownTask,
    container: ContainerRecord,
  ): Promise<EndpointResponse> {
    switch (what) {
      case 'container':
        return { status: 200, body: await this.describe(task, container, version) };
      case 'stats':
        return { status: 200, body: (await this.statsOf(container, version)) ?? null };
      case 'taskStats': {
        const all = await Promise.all(
          task.record.containers.map(async (one) => [one.runtimeId ?? '', (await this.statsOf(one, version)) ?? null] as const),
        );
        return { status: 200, body: Object.fromEntries(all.filter(([runtimeId]) => runtimeId !== '')) };
      }
      case 'task':
      case 'taskWithTags': {
        const facts = await this.deps.controlPlane.facts(task.record.taskArn);
        const containers = await Promise.all(task.record.containers.map((one) => this.describe(task, one, version)));
        const known = facts && 'answer' in facts ? (facts.answer as TaskFacts) : undefined;
        return { status: 200, body: taskMetadata(task, containers, known, version, what === 'task' ? 'no tags' : 'tags') };
      }
    }
  }

  private async describe(task: KnownTask, container: ContainerRecord, version: 3 | 4): Promise<object> {
    const engine = container.runtimeId === undefined ? undefined : await this.deps.engine.describe(container.runtimeId);
    return containerMetadata(task, container, engine, version);
  }

  private async statsOf({ runtimeId, phase }: ContainerRecord, version: 3 | 4): Promise<object | undefined> {
    if (runtimeId === undefined || phase !== 'RUNNING') return undefined;
    const { engine, meter } = this.deps;
    const container = await engine.describe(runtimeId);
    const span = container?.pid === undefined ? undefined : await meter.measure(runtimeId, container.pid);
    return container && span && statsDocument(runtimeId, container.name, span, version);
  }

  private async keysOf(taskArn: string): Promise<EndpointResponse> {
    const reply = await this.credentials.of(taskArn);
    if (!reply) return AWAY;
    if ('refused' in reply) return { status: 400, body: reply.refused };
    const { roleArn, accessKeyId, secretAccessKey, sessionToken, expiresAt } = reply.answer;
    return {
      status: 200,
      body: {
        RoleArn: roleArn,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: expiresAt.replace(/\.\d+Z$/, 'Z'),
      },
    };
  }

  /** The ECS agent's shapes (`ecs-agent/tmds/handlers/taskprotection/v1`): `protection`, `failure` or `error`. */
  private async protection(taskArn: string, { method, body }: EndpointRequest): Promise<EndpointResponse> {
    let change: ProtectionChange | undefined;
    if (method === 'PUT') {
      const read = protectionInput.safeParse(parsed(body));
      if (!read.success) return refused(taskArn, 'InvalidParameterException', 'UpdateTaskProtection: failed to decode request');
      const { ProtectionEnabled: protectionEnabled, ExpiresInMinutes: expiresInMinutes } = read.data;
      change = { protectionEnabled, ...(expiresInMinutes === undefined ? {} : { expiresInMinutes }) };
    } else if (method !== 'GET') return { status: 405, body: `${method} is not allowed here.` };
    const reply = await this.deps.controlPlane.protection(taskArn, change);
    if (!reply) return AWAY;
    if ('refused' in reply) return refused(taskArn, reply.refused.code, reply.refused.message);
    const [failure] = reply.answer.failures;
    if (failure) return { status: 200, body: { failure: { Arn: failure.arn, Detail: failure.detail, Reason: failure.reason } } };
    const { protectionEnabled = false, expirationDate } = reply.answer.protectedTasks[0] ?? {};
    return {
      status: 200,
      body: { protection: { ExpirationDate: expirationDate, ProtectionEnabled: protectionEnabled, TaskArn: taskArn } },
    };
  }

  /** Of tasks that are gone nothing is kept. */
  sweep(): void {
    const isGone = (taskArn: string) => this.deps.tasks.task(taskArn.split('/').at(-1)!) === undefined;
    this.limit.forget(isGone);
    this.credentials.forget(isGone);
    this.addresses.clear();
    this.deps.meter.sweep();
  }
}

const UNKNOWN_CREDENTIALS: EndpointResponse = {
  status: 400,
  body: { code: 'InvalidIdInRequest', message: 'CredentialsV2Request: ID not found', HTTPErrorCode: 400 },
};

const refused = (taskArn: string, code: string, message: string): EndpointResponse => ({
  status: 400,
  body: { error: { Arn: taskArn, Code: code, Message: message } },
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
