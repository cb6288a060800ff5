import type {
  Assignment,
  AssignmentEntry,
  ContainerDefinition,
  Heartbeat,
  ReportRequest,
  StraysRequest,
  TaskDefinitionPayload,
  TaskNetwork,
  TaskNetworkReply,
  TaskReport,
  TaskSecretsReply,
} from '#lib/ecs/model';
import { type Bus, fromJson, type RequestOutcome, toJson } from '#lib/messaging';
import { parseAgentSubject } from '#lib/names';
import { seededRandom, silentLogger, type Logger, type Random } from '#lib/platform';
import { Agent, type AgentDeps } from '../../apps/agent/src/agent.js';
import { NO_LIMITS } from '../../apps/agent/src/host-limits.js';
import { MemoryAgentDisk } from '../../apps/agent/src/memory-agent-disk.js';
import type { NetworkProvider } from '../../apps/agent/src/ports.js';
import { SimulatedRuntime, type SimulatedRuntimeOptions } from '../../apps/agent/src/simulated/simulated-runtime.js';
import { VirtualClock } from './virtual-clock.js';

export const INSTANCE_ID = '0123456789abcdef0123456789abcdef';
export const taskArnOf = (id: string) => `arn:aws:ecs:eu-central-1:111122223333:task/default/${id}`;

/** A container definition as registration fills it in. */
export const container = (fields: Partial<ContainerDefinition> & { name: string }): ContainerDefinition => ({
  image: 'longshore/hello',
  cpu: 0,
  memory: 32,
  essential: true,
  portMappings: [],
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  ...fields,
});

export const definitionOf = (
  containers: readonly ContainerDefinition[],
  fields: Partial<TaskDefinitionPayload> = {},
): TaskDefinitionPayload => ({
  taskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/story:1',
  digest: 'digest',
  family: 'story',
  revision: 1,
  containerDefinitions: containers,
  volumes: [],
  ...fields,
});

export const entryOf = (
  taskArn: string,
  definition: TaskDefinitionPayload,
  fields: Partial<AssignmentEntry> = {},
): AssignmentEntry => ({
  taskArn,
  taskDefinitionArn: definition.taskDefinitionArn,
  taskDefinitionDigest: definition.digest,
  overrides: {},
  desiredStatus: 'RUNNING',
  containerArns: {},
  group: 'family:story',
  ...fields,
});

/** What a task in `awsvpc` mode is given. */
export const TASK_NETWORK: TaskNetwork = {
  networkInterface: {
    networkInterfaceId: 'eni-0123456789abcdef0',
    subnetId: 'subnet-0123456789abcdef0',
    macAddress: '02:42:ac:1f:00:07',
    privateIpv4Address: '172.31.0.7',
    privateDnsName: 'ip-172-31-0-7.ec2.internal',
  },
  vpcId: 'vpc-0123456789abcdef0',
  vpcCidrBlock: '172.31.0.0/16',
};

/** A control plane of a few lines: it holds an assignment, answers an agent's requests and keeps the newest reports. */
export class FakeControlPlane implements Bus {
  journalId = 'journal-1';
  reachable = true;
  acknowledging = true;
  readonly definitions = new Map<string, TaskDefinitionPayload>();
  readonly reports = new Map<string, TaskReport>();
  readonly history: TaskReport[] = [];
  readonly asked: string[][] = [];
  /** What tasks are given in secret; undefined: nobody is there who would. */
  secrets: TaskSecretsReply | undefined;
  secretsAsked = 0;
  /** What tasks in `awsvpc` mode have the network by; undefined: nobody is there who would give it. */
  network: TaskNetworkReply | ((taskArn: string) => TaskNetworkReply) | undefined;
  strays: string[] = [];
  readonly heartbeats: Heartbeat[] = [];
  /** How often heartbeats shall come; undefined: nobody answers when that is asked. */
  heartbeatEveryMs: number | undefined;
  private assignment: Assignment | undefined;
  private revision = 0;
  private readonly listeners = new Set<(assignment: Assignment) => void>();

  watch(listener: (assignment: Assignment) => void): () => void {
    this.listeners.add(listener);
    if (this.assignment) queueMicrotask(() => this.listeners.has(listener) && listener(this.assignment!));
    return () => this.listeners.delete(listener);
  }

  assign(entries: readonly AssignmentEntry[], generation: Partial<Assignment['generation']> = {}): void {
    const next = {
      generation: { journalId: this.journalId, revision: ++this.revision, ...generation },
      containerInstanceArn: `arn:aws:ecs:eu-central-1:111122223333:container-instance/default/${INSTANCE_ID}`,
      clusterName: 'default',
      entries,
    };
    this.assignment = next;
    for (const listener of this.listeners) listener(next);
  }

  publish(_subject: string, payload: Uint8Array): void {
    this.heartbeats.push(fromJson(payload) as Heartbeat);
  }

  subscribe(): never {
    throw new Error('agents subscribe to nothing on the bus');
  }

  async request(subject: string, payload: Uint8Array): Promise<RequestOutcome> {
    if (subject.endsWith('.heartbeat')) {
      this.publish(subject, payload);
      const everyMs = this.heartbeatEveryMs;
      return everyMs === undefined ? { outcome: 'timeout' } : { outcome: 'reply', headers: {}, payload: toJson({ everyMs }) };
    }
    if (!this.reachable) return { outcome: 'no-responders' };
    if (subject.endsWith('.network')) {
      const { network } = this;
      const given = typeof network === 'function' ? network((fromJson(payload) as { taskArn: string }).taskArn) : network;
      return given ? { outcome: 'reply', headers: {}, payload: toJson(given) } : { outcome: 'no-responders' };
    }
    const isForSecrets = subject.endsWith('.secrets');
    if (isForSecrets) this.secretsAsked++;
    if (isForSecrets && !this.secrets) return { outcome: 'no-responders' };
    if (isForSecrets) return { outcome: 'reply', headers: {}, payload: toJson(this.secrets) };
    return { outcome: 'reply', headers: {}, payload: toJson(this.answer(parseAgentSubject(subject).verb, fromJson(payload))) };
  }

  private answer(verb: string, body: unknown): unknown {
    switch (verb) {
      case 'register':
        return { containerInstanceArn: 'arn', clusterName: 'default', journalId: this.journalId };
      case 'report':
        return this.record((body as ReportRequest).tasks);
      case 'strays':
        this.asked.push([...(body as StraysRequest).taskArns]);
        return { stop: this.strays };
      default:
        return (
          this.definitions.get((body as { taskDefinitionArn: string }).taskDefinitionArn) ?? {
            rejection: { code: 'ClientException' },
          }
        );
    }
  }

  private record(tasks: readonly TaskReport[]): unknown {
    if (!this.acknowledging) return { acknowledged: {}, strays: [] };
    for (const task of tasks) {
      if ((this.reports.get(task.taskArn)?.sequence ?? 0) >= task.sequence) continue;
      this.reports.set(task.taskArn, task);
      this.history.push(task);
    }
    const folded = ({ taskArn, sequence }: TaskReport) =>
      [taskArn, Math.max(sequence, this.reports.get(taskArn)!.sequence)] as const;
    return { acknowledged: Object.fromEntries(tasks.map(folded)), strays: [] };
  }
}

/** Of a host on which everything can be had. */
export const TASK_NETWORKS: NetworkProvider = {
  pause: { image: 'pause', sysctls: {} },
  prepare: () => Promise.resolve(undefined),
  nameFilesOf: () => [],
  writeNameFiles: () => Promise.resolve(),
  connect: () => Promise.resolve(undefined),
  disconnect: () => Promise.resolve(),
};

/** One host on virtual time: a disk, an engine, a control plane, and an agent that can be killed and started again. */
export class SimulatedHost {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly store = new MemoryAgentDisk();
  readonly controlPlane = new FakeControlPlane();
  readonly runtime: SimulatedRuntime;
  agent: Agent;

  constructor(
    seed = 1,
    options: Partial<SimulatedRuntimeOptions> = {},
    private readonly settings: { cleanupWaitMs?: number; wrap?: (deps: AgentDeps) => AgentDeps; logger?: Logger } = {},
  ) {
    this.random = seededRandom(seed);
    this.runtime = new SimulatedRuntime({ clock: this.clock, random: this.random, ...options });
    this.agent = this.newAgent();
  }

  /** Registers the definition and assigns tasks of it. */
  assign(definition: TaskDefinitionPayload, ids: readonly string[], fields: Partial<AssignmentEntry> = {}): void {
    this.controlPlane.definitions.set(definition.taskDefinitionArn, definition);
    this.controlPlane.assign(ids.map((id) => entryOf(taskArnOf(id), definition, fields)));
  }

  async boot(): Promise<this> {
    await this.agent.start();
    await this.clock.advance(0);
    return this;
  }

  /** SIGKILL and a new process: everything in memory is gone. */
  async reboot(): Promise<void> {
    this.agent.stop();
    this.agent = this.newAgent();
    await this.agent.start();
    await this.clock.advance(0);
  }

  report(id: string): TaskReport | undefined {
    return this.controlPlane.reports.get(taskArnOf(id));
  }

  newAgent(): Agent {
    const deps: AgentDeps = {
      bus: this.controlPlane,
      assignments: this.controlPlane,
      store: this.store,
      runtime: this.runtime,
      hostLimits: NO_LIMITS,
      puller: this.runtime,
      networks: TASK_NETWORKS,
      clock: this.clock,
      random: this.random,
      logger: this.settings.logger ?? silentLogger,
    };
    const registration = {
      cluster: 'default',
      resources: { cpu: 2048, memoryMiB: 4096, gpu: 0, portsTcp: [], portsUdp: [] },
      attributes: [],
      versionInfo: { agentVersion: '1', agentHash: 'x', dockerVersion: 'simulated' },
      hostId: 'host',
    };
    return new Agent(
      {
        name: { accountId: '111122223333', region: 'eu-central-1', instanceId: INSTANCE_ID },
        registration,
        addresses: ['127.0.0.1'],
        cleanupWaitMs: this.settings.cleanupWaitMs ?? 0,
      },
      this.settings.wrap ? this.settings.wrap(deps) : deps,
    );
  }
}
