import type { Container, Task } from '../model/task.js';

function describeContainer(container: Container, task: Task): object {
  const { essential: _essential, restartCount, ...shown } = container;
  return {
    taskArn: task.taskArn,
    networkInterfaces: [],
    managedAgents: [],
    gpuIds: [],
    restartCount: restartCount || undefined,
    ...shown,
  };
}

/** ECS names every container of the task, overridden or not. */
function describeOverrides({ overrides, containers }: Task): object {
  const given = new Map((overrides.containerOverrides ?? []).map((override) => [override.name, override]));
  return {
    ...overrides,
    containerOverrides: containers.map(({ name }) => given.get(name) ?? { name }),
    inferenceAcceleratorOverrides: [],
  };
}

/** A task as DescribeTasks, RunTask, StopTask and the task state change event show it. Tags only when asked for. */
export function describeTask(task: Task, options: { readonly tags?: boolean } = {}): object {
  const {
    accountId: _account,
    region,
    reservation: _reservation,
    reportSequence: _sequence,
    revisions: _revisions,
    overrides: _overrides,
    replica: _replica,
    firstHealthyAt: _firstHealthyAt,
    protectedUntil: _protectedUntil,
    targets: _targets,
    drainDeadlineAt: _drainDeadlineAt,
    tags,
    containers,
    ...shown
  } = task;
  // The spread comes last: V8 copies into a literal ten times faster than it adds members to a copy.
  return {
    attachments: [],
    availabilityZone: task.attributes.find((attribute) => attribute.name === 'ecs.availability-zone')?.value ?? `${region}a`,
    containers: containers.map((container) => describeContainer(container, task)),
    inferenceAccelerators: [],
    overrides: describeOverrides(task),
    tags: options.tags ? tags : [],
    ...shown,
  };
}
