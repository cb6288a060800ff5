import { createEcsStore, type EcsEvent, type QueryRule, type RegisterRequest } from '#lib/ecs/model';
import { ecs, ecsQueries } from '#lib/ecs';
import { type QueryContext, refusable, type Rejection } from '#lib/kernel';
import type { Commit } from '#lib/journal';
import { createHash } from 'node:crypto';

const HONOURED = ['1.17', '1.18', '1.19', '1.21', '1.22', '1.24', '1.25'].map(
  (version) => `com.amazonaws.ecs.capability.docker-remote-api.${version}`,
);

export type Outcome = { readonly output: never; readonly events: readonly EcsEvent[] } | { readonly rejection: Rejection };

interface EcsCaller {
  readonly accountId: string;
  readonly region: string;
  readonly principal: string;
  readonly accessKeyId?: string;
}

/** The `ecs` domain without journal, bus or time: given (commands), when (one more), then (its events and answer). */
export class EcsWorld {
  readonly store = createEcsStore();
  /** What a journal would hold. */
  readonly commits: Commit[] = [];
  private revision = 0;
  private commands = 0;
  now = Date.UTC(2026, 10, 23, 12);

  get state() {
    return this.store.state;
  }

  constructor(
    readonly scope: EcsCaller = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' },
  ) {}

  /** Decides on a draft, as the committer does, and applies it. */
  command(name: string, input: unknown, actor = 'state-store', id = `command-${++this.commands}`, caller = this.scope): Outcome {
    const at = new Date((this.now += 1)).toISOString();
    // A scheduler's plan is made on the state as it is here.
    const basis = actor === 'scheduler' ? { basisRevision: this.revision } : {};
    const { operation = name } = input as { readonly operation?: string };
    const command = { id, name, actor, ...caller, requestId: id, operation, ...basis, input };
    const context = {
      at,
      revision: this.revision + 1,
      id: (salt: string) => createHash('sha256').update(`${id}/${salt}`).digest('hex').slice(0, 32),
    };
    const draft = this.store.draft();
    const decision = ecs.decider.decide(draft.state, command, context);
    if ('rejection' in decision) return decision;
    const { input: _input, id: commandId, name: _name, ...said } = command;
    const transaction = { commandId, ...said, events: decision.events };
    decision.events.forEach((event, index) =>
      ecs.decider.evolve(draft.state, event, { at, revision: context.revision, index, transaction }),
    );
    ecs.decider.check(draft.state, decision.events);
    const output = ecs.decider.reply(draft.state, command, decision.events) as never;
    draft.apply();
    this.revision++;
    this.commits.push({ v: 1, journalId: 'world', commitId: id, at, writer: 'world', transactions: [transaction] });
    return { output, events: decision.events as readonly EcsEvent[] };
  }

  /** As `command`, for what has to succeed. */
  given<T = never>(name: string, input: object, actor?: string): T {
    const outcome = this.command(name, input, actor);
    if ('rejection' in outcome) throw new Error(`${name} was refused: ${outcome.rejection.message}`);
    return outcome.output as T;
  }

  query<T = never>(name: string, input: unknown, caller = this.scope): T | { readonly rejection: Rejection } {
    const context = { ...caller, at: new Date(this.now).toISOString() } as QueryContext;
    const answered = refusable(() => (ecsQueries[name] as QueryRule<unknown>)(this.state, input, context));
    return 'ok' in answered ? (answered.ok as T) : answered;
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
