import { type AgentName, type AgentVerb, subjects } from '#lib/names';
import { type Bus, fromJson, toJson } from '#lib/messaging';
import {
  type Heartbeat,
  HEARTBEAT_INTERVAL_MS,
  type HeartbeatReply,
  LONGEST_HEARTBEAT_INTERVAL_MS,
  type PacketFilterReply,
  type PacketFilterRequest,
  type ProtectionChange,
  type RegisterReply,
  type RegisterRequest,
  type ReportReply,
  type StraysReply,
  type TaskCredentials,
  type TaskDefinitionPayload,
  type TaskNetworkReply,
  type TaskProtectionAnswer,
  type TaskQuestion,
  type TaskReply,
  type TaskReport,
  type TaskSecretsReply,
} from '#lib/ecs/model';
import type { Logger } from '#lib/platform';
import { z } from 'zod';

const REQUEST_TIMEOUT_MS = 5_000;

const registerReply = z.object({ containerInstanceArn: z.string(), clusterName: z.string(), journalId: z.string() });
const heartbeatReply = z.object({ everyMs: z.int().min(HEARTBEAT_INTERVAL_MS).max(LONGEST_HEARTBEAT_INTERVAL_MS) });
const reportReply = z.object({ acknowledged: z.record(z.string(), z.number()), strays: z.array(z.string()) });
const straysReply = z.object({ stop: z.array(z.string()) });
const taskReply = z.union([
  z.object({ answer: z.looseObject({}) }),
  z.object({ refused: z.object({ code: z.string(), message: z.string() }) }),
]);
const definitionReply = z.looseObject({
  taskDefinitionArn: z.string(),
  digest: z.string(),
  containerDefinitions: z.array(z.unknown()),
});

const named = z.array(z.object({ name: z.string(), value: z.string() }));
const secretsReply = z.union([
  z.object({
    containers: z.record(
      z.string(),
      z.object({
        environment: named,
        logOptions: named,
        registry: z.object({ username: z.string(), password: z.string() }).optional(),
      }),
    ),
  }),
  z.object({ failure: z.object({ what: z.string(), why: z.string() }) }),
]);

const networkReply = z.union([
  z.object({
    networkInterface: z.object({
      networkInterfaceId: z.string(),
      subnetId: z.string(),
      macAddress: z.string(),
      privateIpv4Address: z.string(),
      privateDnsName: z.string(),
    }),
    vpcId: z.string(),
    vpcCidrBlock: z.string(),
    subnetCidrBlock: z.string().optional(),
  }),
  z.object({ failure: z.string() }),
]);

const PACKET_FILTER_TIMEOUT_MS = 8_000;
const filterPeer = z.union([
  z.object({ cidrIpv4: z.string() }),
  z.object({ cidrIpv6: z.string() }),
  z.object({ groupId: z.string() }),
  z.object({ prefixListId: z.string() }),
]);
const overlay = z.object({
  vpcId: z.string(),
  vpcCidrBlock: z.cidrv4(),
  overlayId: z.int(),
  own: z.object({ macAddress: z.mac(), privateIpv4Address: z.ipv4() }).optional(),
  neighbours: z.array(z.object({ macAddress: z.mac(), privateIpv4Address: z.ipv4(), hostAddress: z.ipv4() })),
});
const packetFilterReply = z.object({
  digest: z.string(),
  filter: z
    .object({
      interfaces: z.array(
        z.object({
          networkInterfaceId: z.string(),
          macAddress: z.string(),
          privateIpv4Address: z.ipv4(),
          groupIds: z.array(z.string()),
          aliasPorts: z.array(z.object({ port: z.int(), containerPort: z.int() })).optional(),
        }),
      ),
      groups: z.array(
        z.object({
          groupId: z.string(),
          rules: z.array(
            z.object({
              isEgress: z.boolean(),
              ipProtocol: z.string(),
              fromPort: z.number(),
              toPort: z.number(),
              peer: filterPeer,
            }),
          ),
        }),
      ),
      members: z.array(z.object({ groupId: z.string(), addresses: z.array(z.ipv4()) })),
      host: z
        .object({
          groupIds: z.array(z.string()),
          tcpPorts: z.array(z.int()),
          udpPorts: z.array(z.int()),
          senders: z.array(z.ipv4()),
        })
        .optional(),
      listeners: z.array(z.object({ address: z.ipv4(), port: z.int(), groupIds: z.array(z.string()) })).optional(),
      overlays: z.array(overlay).optional(),
    })
    .optional(),
});

/** Undefined where it is none: an answer of another shape, which is refused as such. */
function jsonOf(payload: Uint8Array): unknown {
  try {
    return fromJson(payload);
  } catch {
    return undefined;
  }
}

/** An agent's requests. `undefined` is "no usable answer": nobody there, too late, or a refusal (which is logged). */
export class ControlPlane {
  private readonly heartbeats: string;
  /** The last heartbeat, as it was sent. */
  private beat?: { readonly heartbeat: Heartbeat; readonly payload: Uint8Array };

  constructor(
    private readonly bus: Bus,
    private readonly name: AgentName,
    private readonly logger: Logger,
  ) {
    this.heartbeats = subjects.agent(name, 'heartbeat');
  }

  /** `grant`: of a host that has joined, as its user's permissions have it. */
  register(request: RegisterRequest, grant: string | undefined): Promise<RegisterReply | undefined> {
    return this.askAt(subjects.register(this.name, request.cluster, grant), 'register', request, registerReply);
  }

  report(tasks: readonly TaskReport[]): Promise<ReportReply | undefined> {
    return this.ask('report', { tasks }, reportReply);
  }

  strays(taskArns: readonly string[]): Promise<StraysReply | undefined> {
    return this.ask('strays', { taskArns }, straysReply);
  }

  async taskDefinition(taskDefinitionArn: string): Promise<TaskDefinitionPayload | undefined> {
    return (await this.ask('task-definition', { taskDefinitionArn }, definitionReply)) as TaskDefinitionPayload | undefined;
  }

  /** Of one of the instance's own tasks. What is answered is for nobody's log. */
  async taskSecrets(taskArn: string): Promise<TaskSecretsReply | undefined> {
    const reply = await this.bus.request(subjects.taskSecrets(this.name), toJson({ taskArn }), { timeoutMs: REQUEST_TIMEOUT_MS });
    if (reply.outcome !== 'reply') return undefined;
    return secretsReply.safeParse(fromJson(reply.payload)).data;
  }

  /** Of one of the instance's own tasks in `awsvpc` mode. */
  async taskNetwork(taskArn: string): Promise<TaskNetworkReply | undefined> {
    const reply = await this.bus.request(subjects.taskNetwork(this.name), toJson({ taskArn }), { timeoutMs: REQUEST_TIMEOUT_MS });
    return reply.outcome === 'reply' ? networkReply.safeParse(fromJson(reply.payload)).data : undefined;
  }

  /** Answered when it is another than the one that is known, or after some seconds. */
  async packetFilter(known: string | undefined): Promise<PacketFilterReply | undefined> {
    const request: PacketFilterRequest = known === undefined ? {} : { known };
    const timeoutMs = PACKET_FILTER_TIMEOUT_MS;
    const reply = await this.bus.request(subjects.packetFilter(this.name), toJson(request), { timeoutMs });
    return reply.outcome === 'reply' ? packetFilterReply.safeParse(fromJson(reply.payload)).data : undefined;
  }

  facts(taskArn: string): Promise<TaskReply | undefined> {
    return this.ofTask({ taskArn, about: 'facts' });
  }

  credentials(taskArn: string): Promise<TaskReply<TaskCredentials> | undefined> {
    return this.ofTask({ taskArn, about: 'credentials' });
  }

  protection(taskArn: string, change: ProtectionChange | undefined): Promise<TaskReply<TaskProtectionAnswer> | undefined> {
    return this.ofTask({ taskArn, about: 'protection', change });
  }

  private async ofTask<A>(question: TaskQuestion): Promise<TaskReply<A> | undefined> {
    return (await this.ask('task', question, taskReply)) as TaskReply<A> | undefined;
  }

  heartbeat(heartbeat: Heartbeat): void {
    if (this.beat?.heartbeat !== heartbeat) this.beat = { heartbeat, payload: toJson(heartbeat) };
    this.bus.publish(this.heartbeats, this.beat.payload);
  }

  /** A heartbeat like the others, and the question how often they shall come. An older control plane does not answer it. */
  askingHeartbeat(heartbeat: Heartbeat): Promise<HeartbeatReply | undefined> {
    return this.ask('heartbeat', heartbeat, heartbeatReply);
  }

  private ask<T>(verb: Exclude<AgentVerb, 'register'>, body: unknown, shape: z.ZodType<T>): Promise<T | undefined> {
    return this.askAt(subjects.agent(this.name, verb), verb, body, shape);
  }

  private async askAt<T>(subject: string, verb: AgentVerb, body: unknown, shape: z.ZodType<T>): Promise<T | undefined> {
    const reply = await this.bus.request(subject, toJson(body), { timeoutMs: REQUEST_TIMEOUT_MS });
    if (reply.outcome !== 'reply') {
      this.logger.debug({ verb, outcome: reply.outcome }, 'the control plane did not answer');
      return undefined;
    }
    const parsed = shape.safeParse(jsonOf(reply.payload));
    if (parsed.success) return parsed.data;
    this.logger.warn({ verb, answer: new TextDecoder().decode(reply.payload).slice(0, 500) }, 'the control plane refused');
    return undefined;
  }
}
