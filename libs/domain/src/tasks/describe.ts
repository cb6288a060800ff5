import type { Container, Task } from '../model/entities.js';

function describeContainer(container: Container, task: Task): object {
  const { essential: _essential, restartCount, ...shown } = container;
  return {
    ...shown,
    taskArn: task.taskArn,
    networkInterfaces: [],
    managedAgents: [],
    gpuIds: [],
    ...(restartCount ? { restartCount } : {}),
  };
}

/** A task as DescribeTasks, RunTask, StopTask and the task state change event show it. Tags only when asked for. */
export function describeTask(task: Task, options: { readonly tags?: boolean } = {}): object {
  const { accountId: _account, region, reservation: _reservation, reportSequence: _sequence, tags, containers, ...shown } = task;
  return {
    ...shown,
    attachments: [],
    availabilityZone: task.attributes.find((attribute) => attribute.name === 'ecs.availability-zone')?.value ?? `${region}a`,
    containers: containers.map((container) => describeContainer(container, task)),
    inferenceAccelerators: [],
    tags: options.tags ? tags : [],
  };
}
