import { refusals } from '../model/refusals.js';
import type { Task } from '../model/task.js';
import type { TaskDefinition } from '../model/task-definition.js';

export type LaunchType = Task['launchType'];

/** What the tasks of a request, a service or a task set have. The gateway has refused what is no launch type at all. */
export function launchTypeOf(definition: TaskDefinition, launchType = 'EC2'): LaunchType {
  if (!definition.compatibilities.includes(launchType)) {
    throw refusals.invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  if (launchType === 'EC2' || launchType === 'EXTERNAL') return launchType;
  throw refusals.invalidParameter(
    `There is no ${launchType} capacity here: Longshore runs tasks on your own hosts. Use the launch type EC2 or EXTERNAL.`,
  );
}
