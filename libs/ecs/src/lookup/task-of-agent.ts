import type { EcsState } from '../model/state.js';
import type { Task } from '../model/task.js';
import { registrationOfHost } from './lookup.js';

/**
 * What an agent may ask about a task of: one that is placed on its host now and is to run. The subject that it asks on proves who it is; it
 * can name a task, and nothing else.
 */
export function taskOfAgent(
  state: EcsState,
  agent: { readonly accountId: string; readonly region: string; readonly instanceId: string },
  taskArn: string,
): Task | undefined {
  const task = state.tasks.get(taskArn);
  const instance = registrationOfHost(state, agent, agent.instanceId);
  const isIts = task && instance && task.containerInstanceArn === instance.containerInstanceArn;
  return isIts && task.desiredStatus === 'RUNNING' && task.lastStatus !== 'STOPPED' ? task : undefined;
}
