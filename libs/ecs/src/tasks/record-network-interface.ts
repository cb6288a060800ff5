import { event } from '../model/events.js';
import type { CommandRule } from '../model/rules.js';
import type { NetworkInterface } from '../model/task.js';
import { sameContent } from '#lib/kernel';
import { assertMayMove } from './transitions.js';

export interface RecordNetworkInterfaceInput {
  readonly taskArn: string;
  readonly networkInterface: NetworkInterface;
}

/**
 * What the network gave a task in `awsvpc` mode. It says so itself, and not the task's host: load balancers send to this address, and a
 * host that could name any would lead them anywhere.
 */
export const recordNetworkInterface: CommandRule<RecordNetworkInterfaceInput> = {
  actors: ['network'],
  decide(state, { taskArn, networkInterface }, { actor }) {
    const task = state.tasks.get(taskArn);
    if (!task?.networkConfiguration || task.lastStatus === 'STOPPED') return [];
    if (task.networkInterface && sameContent(task.networkInterface, networkInterface)) return [];
    const attached = event('TaskNetworkInterfaceAttached', { taskArn: task.taskArn, networkInterface });
    if (task.lastStatus !== 'PROVISIONING') return [attached];
    const change = { taskArn: task.taskArn, from: task.lastStatus, to: 'PENDING', timed: true } as const;
    assertMayMove(actor, change, task);
    return [attached, event('TaskStatusChanged', change)];
  },
  reply: () => ({}),
};
