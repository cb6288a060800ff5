import { z } from 'zod';
import {
  type ContainerReport,
  type Heartbeat,
  HEARTBEAT_INTERVAL_MS,
  LONGEST_HEARTBEAT_INTERVAL_MS,
  type RegisterRequest,
  type ReportRequest,
  type StraysRequest,
  type TaskDefinitionRequest,
  type TaskQuestion,
  type TaskReport,
} from '#lib/ecs/model';

/** Every member has to be named: one that is missing here would be dropped without a word. */
type Members<T> = { readonly [Member in keyof Required<T>]: z.ZodType<T[Member]> };
const object = <T>(members: Members<T>): z.ZodType<T> => z.object(members) as unknown as z.ZodType<T>;

const text = z.string().max(4_096);
/** An engine may say much about an image that it cannot pull. */
const words = z.string().transform((all) => all.slice(0, 4_096));
const instant = z
  .string()
  .max(64)
  .refine((at) => !Number.isNaN(Date.parse(at)), 'must be an instant');
const count = z.int().min(0);
const port = z.int().min(0).max(65_535);
const health = z.enum(['HEALTHY', 'UNHEALTHY', 'UNKNOWN']);
const networkBinding = z.object({ bindIP: text, containerPort: port, hostPort: port, protocol: z.enum(['tcp', 'udp']) });

const container = object<ContainerReport>({
  name: text,
  lastStatus: z.enum(['PENDING', 'RUNNING', 'STOPPED']),
  runtimeId: text.optional(),
  imageDigest: text.optional(),
  exitCode: z.int().optional(),
  reason: words.optional(),
  networkBindings: z.array(networkBinding).max(1_000),
  healthStatus: health,
  restartCount: count,
});

/** Of one task. Each is read by itself: one that is none holds up no other. */
export const taskReport = object<TaskReport>({
  taskArn: text,
  // A clock's milliseconds may be where it begins.
  sequence: z.number().min(0),
  status: z.enum(['PENDING', 'RUNNING', 'STOPPING', 'DEPROVISIONING', 'STOPPED']),
  containers: z.array(container).max(100),
  pullStartedAt: instant.optional(),
  pullStoppedAt: instant.optional(),
  startedAt: instant.optional(),
  stoppingAt: instant.optional(),
  executionStoppedAt: instant.optional(),
  stoppedAt: instant.optional(),
  healthStatus: health,
  stopCode: z.enum(['TaskFailedToStart', 'EssentialContainerExited']).optional(),
  stoppedReason: words.optional(),
});

const attribute = z.object({
  name: text,
  value: text.optional(),
  targetType: z.literal('container-instance').optional(),
  targetId: text.optional(),
});

const protectionChange = z.object({ protectionEnabled: z.boolean(), expiresInMinutes: z.int().optional() });

/**
 * What an agent may say. It runs on a host that is not ours: a report that is none, taken on trust, would end this process, and in
 * a command with those of other hosts keep these from being recorded.
 */
export const agentMessages = {
  register: object<RegisterRequest>({
    cluster: text,
    resources: z.object({
      cpu: z.number().min(0),
      memoryMiB: z.number().min(0),
      gpu: z.number().min(0),
      portsTcp: z.array(port),
      portsUdp: z.array(port),
    }),
    attributes: z.array(attribute),
    versionInfo: z.object({ agentVersion: text, agentHash: text, dockerVersion: text }),
    hostId: text,
  }),
  report: object<Record<keyof ReportRequest, readonly unknown[]>>({ tasks: z.array(z.unknown()) }),
  taskDefinition: object<TaskDefinitionRequest>({ taskDefinitionArn: text }),
  strays: object<StraysRequest>({ taskArns: z.array(text) }),
  task: z.discriminatedUnion('about', [
    z.object({ taskArn: text, about: z.literal('facts') }),
    z.object({ taskArn: text, about: z.literal('credentials') }),
    z.object({ taskArn: text, about: z.literal('protection'), change: protectionChange.optional() }),
  ]) satisfies z.ZodType<TaskQuestion>,
  heartbeat: object<Heartbeat>({
    at: instant,
    sequence: count,
    assigned: z.object({ journalId: text, revision: count }).optional(),
    engineAway: z.boolean().optional(),
    everyMs: z.int().min(HEARTBEAT_INTERVAL_MS).max(LONGEST_HEARTBEAT_INTERVAL_MS).optional(),
  }),
} as const;
