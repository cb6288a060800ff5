import type { TaskSetArn } from '../model/ids.js';
import type { EcsState } from '../model/state.js';
import type { TaskSet } from '../model/task-sets.js';
import type { Evolvers } from './evolver.js';
import { required } from '#lib/kernel';
import { NO_FAILURES } from '../task-health/deployment-failures.js';
import { changeService, hasHealthCheck } from './services.js';

const taskSetOf = (state: EcsState, arn: TaskSetArn): TaskSet => required(state.taskSets, arn, 'task set');

function changeTaskSet(state: EcsState, arn: TaskSetArn, change: Partial<TaskSet>): void {
  state.taskSets.put(arn, { ...taskSetOf(state, arn), ...change });
}

export const taskSetEvolvers: Evolvers<
  'TaskSetCreated' | 'TaskSetScaled' | 'TaskSetPromoted' | 'TaskSetStabilityChanged' | 'TaskSetDeleted' | 'TaskSetDrained'
> = {
  TaskSetCreated: (state, data, { at, revision }) =>
    state.taskSets.put(data.taskSetArn, {
      ...data,
      ...NO_FAILURES,
      startedRevision: revision,
      status: 'ACTIVE',
      createdAt: at,
      updatedAt: at,
      placedTasks: 0,
      healthChecked: hasHealthCheck(state, data.taskDefinitionArn),
      stabilityStatus: 'STABILIZING',
      stabilityStatusAt: at,
    }),
  TaskSetScaled: (state, { taskSetArn, scale }, { at }) => changeTaskSet(state, taskSetArn, { scale, updatedAt: at }),
  TaskSetPromoted: (state, { serviceArn, taskSetArn }, { at }) => {
    for (const { taskSetArn: other, status } of state.taskSets.by('service', serviceArn)) {
      if (status === 'PRIMARY') changeTaskSet(state, other, { status: 'ACTIVE', updatedAt: at });
    }
    changeTaskSet(state, taskSetArn, { status: 'PRIMARY', updatedAt: at });
    const { taskDefinitionArn, launchType } = taskSetOf(state, taskSetArn);
    changeService(state, serviceArn, { taskDefinitionArn, launchType });
  },
  TaskSetStabilityChanged: (state, { taskSetArn, stabilityStatus }, { at }) =>
    changeTaskSet(state, taskSetArn, { stabilityStatus, stabilityStatusAt: at, updatedAt: at }),
  TaskSetDeleted: (state, { serviceArn, taskSetArn }, { at }) => {
    const { status, scale, stabilityStatus, stabilityStatusAt } = taskSetOf(state, taskSetArn);
    if (status === 'PRIMARY') changeService(state, serviceArn, { taskDefinitionArn: undefined });
    changeTaskSet(state, taskSetArn, {
      status: 'DRAINING',
      scale: { ...scale, value: 0 },
      stabilityStatus: 'STABILIZING',
      stabilityStatusAt: stabilityStatus === 'STABILIZING' ? stabilityStatusAt : at,
      updatedAt: at,
    });
  },
  TaskSetDrained: (state, { taskSetArn }) => state.taskSets.delete(taskSetArn),
};
