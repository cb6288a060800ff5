import type { EcsWorld } from '../support/ecs-world.js';

/** A command without its sender's particulars. */
export interface MixCommand {
  readonly name: 'RegisterTaskDefinition' | 'PlaceTasks' | 'RecordTaskProgress' | 'StopTask';
  readonly actor: 'state-store' | 'scheduler' | 'health-monitor';
  readonly input: object;
}

export interface MixGround {
  readonly instances: readonly string[];
  readonly taskDefinitionArn: string;
}

export const INSTANCES = 200;
const CLUSTER = 'arn:aws:ecs:us-east-1:000000000000:cluster/default';

/** An instance that never fills up: refusals are cheap, and placing is what costs. */
export const registration = (index: number) => ({
  instanceId: index.toString(16).padStart(32, '0'),
  request: {
    cluster: 'default',
    resources: { cpu: 1_000_000, memoryMiB: 60_000_000, gpu: 0, portsTcp: [22, 2375, 2376], portsUdp: [] },
    attributes: ['1.17', '1.18', '1.19', '1.21', '1.22', '1.24', '1.25'].map((version) => ({
      name: `com.amazonaws.ecs.capability.docker-remote-api.${version}`,
    })),
    versionInfo: { agentVersion: '1.0.0', agentHash: 'x', dockerVersion: '20.10' },
    hostId: `host-${index}`,
  },
});

export const definition = (family: string) => ({
  family,
  containerDefinitions: [
    {
      name: 'web',
      image: 'longshore/hello',
      memory: 128,
      cpu: 10,
      portMappings: [{ containerPort: 80, hostPort: 0 }],
      environment: [{ name: 'STAGE', value: 'bench' }],
    },
  ],
});

export const placeTasks = (taskDefinitionArn: string, requestToken: string, instances: readonly string[]) => ({
  clusterArn: CLUSTER,
  taskDefinitionArn,
  requestToken,
  rememberToken: false,
  operation: 'RunTask',
  digest: 'digest',
  count: instances.length,
  template: {
    group: 'family:web',
    launchType: 'EC2',
    overrides: {},
    enableExecuteCommand: false,
    tags: [],
    cpu: '10',
    memory: '128',
  },
  placementConstraints: [],
  placements: instances.map((containerInstanceArn, ordinal) => ({ ordinal, containerInstanceArn })),
});

/** What an agent reports of a task, cumulatively. */
export const reportOf = (taskArn: string, sequence: number, status: 'RUNNING' | 'STOPPED', at: string) => ({
  taskArn,
  sequence,
  status,
  containers: [
    {
      name: 'web',
      lastStatus: status,
      runtimeId: taskArn.slice(-32),
      networkBindings: [{ bindIP: '127.0.0.1', containerPort: 80, hostPort: 49_200, protocol: 'tcp' }],
      healthStatus: 'UNKNOWN',
      restartCount: 0,
      ...(status === 'STOPPED' ? { exitCode: 0 } : {}),
    },
  ],
  pullStartedAt: at,
  pullStoppedAt: at,
  startedAt: at,
  ...(status === 'STOPPED' ? { stoppingAt: at, executionStoppedAt: at, stoppedAt: at } : {}),
  healthStatus: 'UNKNOWN',
});

/** 200 instances and a task definition, to place on. */
export function prepare(world: EcsWorld): MixGround {
  const instances = Array.from(
    { length: INSTANCES },
    (_, index) =>
      world.given<{ containerInstanceArn: string }>('RegisterAgentInstance', registration(index), 'health-monitor')
        .containerInstanceArn,
  );
  const { taskDefinition } = world.given<{ taskDefinition: { taskDefinitionArn: string } }>(
    'RegisterTaskDefinition',
    definition('web'),
  );
  return { instances, taskDefinitionArn: taskDefinition.taskDefinitionArn };
}

/** One client's commands: a small task definition, a task's whole life (placed, running, asked to stop, stopped), and again. */
export class MixClient {
  private steps = 0;
  private task = '';
  private instance = '';

  constructor(
    private readonly ground: MixGround,
    /** Distinguishes its task definitions and tasks from those of others. */
    private readonly name: string,
    /** Its first instance; it takes another for each task. */
    private readonly first: number,
  ) {}

  next(): MixCommand {
    const { task, instance: containerInstanceArn } = this;
    const step = this.steps++;
    const progress = (sequence: number, status: 'RUNNING' | 'STOPPED') => {
      const report = reportOf(task, sequence, status, new Date().toISOString());
      return {
        name: 'RecordTaskProgress',
        actor: 'health-monitor',
        input: { reports: [{ containerInstanceArn, report }] },
      } as const;
    };
    switch (step % 5) {
      case 0:
        return { name: 'RegisterTaskDefinition', actor: 'state-store', input: definition(`family-${this.name}`) };
      case 1:
        return this.place(step);
      case 2:
        return progress(1, 'RUNNING');
      case 3:
        return { name: 'StopTask', actor: 'state-store', input: { cluster: 'default', task } };
      default:
        return progress(2, 'STOPPED');
    }
  }

  private place(step: number): MixCommand {
    const { instances, taskDefinitionArn } = this.ground;
    this.instance = instances[(this.first + step) % instances.length]!;
    return {
      name: 'PlaceTasks',
      actor: 'scheduler',
      input: placeTasks(taskDefinitionArn, `${this.name}-${step}`, [this.instance]),
    };
  }

  /** What the command came to; a placement that was refused would make the figure a lie. */
  saw({ name }: MixCommand, output: unknown): void {
    if (name !== 'PlaceTasks') return;
    const { placed } = output as { placed: { taskArn: string }[] };
    if (placed.length !== 1) throw new Error(`not placed: ${JSON.stringify(output)}`);
    this.task = placed[0]!.taskArn;
  }
}
