import type { ContainerInstance } from '../model/container-instance.js';
import type { CommandRule } from '../model/rules.js';
import { abandonEvents, firstOf, MAX_ABANDONED } from './stop.js';

export interface DeclareInstanceLostInput {
  readonly containerInstanceArn: string;
  /** For how long nothing was heard of it. */
  readonly silentMs: number;
}

export interface DeclareInstanceLostReply {
  /** How many of its tasks have not been given up yet: one command takes a part of a large host's. */
  readonly left: number;
}

/**
 * Whose silence ends tasks. Of a registration through the API no agent was ever heard: as on ECS its tasks wait as PENDING. The
 * tasks of an INACTIVE instance have ended with it, or are about to.
 */
export const mayBeLost = ({ agentConnected, status, withoutAgent }: ContainerInstance): boolean =>
  !agentConnected && status !== 'INACTIVE' && !withoutAgent;

/**
 * The verdict on an instance that has been silent for too long: its tasks are over, so that they can be replaced elsewhere.
 * Should it come back, it is told to stop what it still runs. One that was heard of meanwhile (connected again) keeps its tasks.
 */
export const declareInstanceLost: CommandRule<DeclareInstanceLostInput> = {
  actors: ['health-monitor'],
  decide: (state, { containerInstanceArn, silentMs }, { actor }) => {
    const instance = state.containerInstances.get(containerInstanceArn);
    if (!instance || !mayBeLost(instance)) return [];
    const reason = `Container instance ${instance.instanceId} was lost: its agent was silent for ${Math.round(silentMs / 1000)} s.`;
    return firstOf(state.tasks.by('instance', containerInstanceArn), MAX_ABANDONED).flatMap((task) =>
      abandonEvents(task, actor, 'InfrastructureHealth', reason),
    );
  },
  reply: (state, { containerInstanceArn }): DeclareInstanceLostReply => {
    const instance = state.containerInstances.get(containerInstanceArn);
    return { left: instance && mayBeLost(instance) ? state.tasks.countBy('instance', containerInstanceArn) : 0 };
  },
};
