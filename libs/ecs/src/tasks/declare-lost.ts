import type { CommandRule } from '../model/rules.js';
import { abandonEvents } from './stop.js';

export interface DeclareInstanceLostInput {
  readonly containerInstanceArn: string;
  /** For how long nothing was heard of it. */
  readonly silentMs: number;
}

/**
 * The verdict on an instance that has been silent for too long: its tasks are over, so that they can be replaced elsewhere.
 * Should it come back, it is told to stop what it still runs. One that was heard of meanwhile (connected again) keeps its tasks.
 */
export const declareInstanceLost: CommandRule<DeclareInstanceLostInput> = {
  actors: ['health-monitor'],
  decide: (state, { containerInstanceArn, silentMs }, { actor }) => {
    const instance = state.containerInstances.get(containerInstanceArn);
    if (!instance || instance.agentConnected) return [];
    const reason = `Container instance ${instance.instanceId} was lost: its agent was silent for ${Math.round(silentMs / 1000)} s.`;
    return [...state.tasks.by('instance', containerInstanceArn)].flatMap((task) =>
      abandonEvents(task, actor, 'InfrastructureHealth', reason),
    );
  },
  reply: () => ({}),
};
