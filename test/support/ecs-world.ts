import { ecs } from '#lib/ecs';
import type { EcsEvent, EcsState, RegisterRequest } from '#lib/ecs/model';
import { type Decided, DomainWorld, type WorldCaller } from './domain-world.js';

export const HONOURED = ['1.17', '1.18', '1.19', '1.21', '1.22', '1.24', '1.25'].map(
  (version) => `com.amazonaws.ecs.capability.docker-remote-api.${version}`,
);

export type Outcome = Decided<EcsEvent>;

/** The `ecs` domain without journal, bus or time. */
export class EcsWorld extends DomainWorld<EcsState, EcsEvent> {
  constructor(scope?: WorldCaller) {
    super(ecs, 'state-store', scope);
  }

  /** A host with 2 vCPUs and 2 GiB that honours what the agent of this repository honours, unless said otherwise. */
  instance(id = '1'.repeat(32), request: Partial<RegisterRequest> = {}): string {
    const { containerInstanceArn } = this.given<{ containerInstanceArn: string }>(
      'RegisterAgentInstance',
      {
        instanceId: id,
        request: {
          cluster: 'default',
          resources: { cpu: 2048, memoryMiB: 2048, gpu: 0, portsTcp: [22], portsUdp: [] },
          attributes: HONOURED.map((name) => ({ name })),
          versionInfo: { agentVersion: '1.0.0', agentHash: 'x', dockerVersion: '20.10' },
          hostId: 'host',
          ...request,
        },
      },
      'health-monitor',
    );
    return containerInstanceArn;
  }

  /** `web:1` with one container, unless said otherwise. Needs no attribute that `instance` lacks. */
  definition(containers: readonly object[] = [{ name: 'web', image: 'web', memory: 128 }], more: object = {}): string {
    const { taskDefinition } = this.given<{ taskDefinition: { taskDefinitionArn: string } }>('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: containers,
      ...more,
    });
    return taskDefinition.taskDefinitionArn;
  }

  /** Places tasks as a scheduler's plan would: one per given instance. */
  place(taskDefinitionArn: string, instances: readonly string[], more: object = {}): Outcome {
    return this.command(
      'PlaceTasks',
      {
        clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
        taskDefinitionArn,
        requestToken: 'token',
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
          cpu: '0',
          memory: '128',
        },
        placementConstraints: [],
        placements: instances.map((containerInstanceArn, ordinal) => ({ ordinal, containerInstanceArn })),
        ...more,
      },
      'scheduler',
    );
  }
}
