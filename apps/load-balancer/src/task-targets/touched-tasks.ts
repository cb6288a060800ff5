import type { EcsState } from '#lib/ecs/model';
import type { Commit } from '#lib/journal';
import type { Target } from '../domain/model.js';
import { type LoadBalancingState, targetKey } from '../domain/state.js';

interface Data {
  readonly taskArn?: string;
  readonly targetGroupArn?: string;
  readonly id?: string;
  readonly port?: number;
  readonly targets?: readonly Pick<Target, 'id' | 'port'>[];
  readonly arn?: string;
}

function* eventsOf({ transactions }: Commit) {
  for (const { events } of transactions) yield* events;
}

/** Tasks with targets that a commit of `ecs` says something of. */
export function* touchedByEcs(ecs: EcsState, own: LoadBalancingState, commit: Commit): Iterable<string> {
  for (const { data } of eventsOf(commit)) {
    const { taskArn } = data as Data;
    if (taskArn === undefined) continue;
    if (ecs.tasks.get(taskArn)?.targets || own.targets.countBy('task', taskArn) > 0) yield taskArn;
  }
}

/** Tasks whose targets a commit of `load-balancing` says something of. */
export function* touchedByOwn(ecs: EcsState, own: LoadBalancingState, commit: Commit): Iterable<string> {
  for (const { type, data } of eventsOf(commit)) {
    const { targetGroupArn, id, port, targets, arn } = data as Data;
    // Of a target that is gone it is not known any more whose it was: somebody waits for that only where a task drains.
    if (type === 'TargetsDeregistered') for (const { taskArn } of ecs.tasks.by('draining', 'yes')) yield taskArn;
    if (targetGroupArn !== undefined) {
      const named = targets ?? (id === undefined || port === undefined ? [] : [{ id, port }]);
      for (const one of named) {
        const taskArn = own.targets.get(targetKey({ targetGroupArn: targetGroupArn as never, ...one }))?.task?.taskArn;
        if (taskArn !== undefined) yield taskArn;
      }
    }
    const group = targetGroupArn ?? arn;
    // Its attributes, which say how long a target has to drain; or it was made under an ARN that tasks wait for.
    if (type.startsWith('TargetGroup') && group !== undefined) {
      for (const { task } of own.targets.by('targetGroup', group)) if (task) yield task.taskArn;
    }
  }
}

/** Every task that there may be something to do for. */
export function* balancedTasks(ecs: EcsState, own: LoadBalancingState): Iterable<string> {
  for (const { taskArn } of ecs.tasks.by('balanced', 'yes')) yield taskArn;
  for (const { task } of own.targets.values()) if (task) yield task.taskArn;
}
