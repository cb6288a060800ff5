import { event } from '../../model/events.js';
import type { ServiceArn } from '../../model/ids.js';
import type { CommandRule } from '../../model/rules.js';
import { saidBy } from '../../tasks/service-lines.js';
import { hookName, openHook } from './hooks.js';

export interface RecordHookAnswerInput {
  readonly serviceArn: ServiceArn;
  readonly deploymentId: string;
  readonly hookId: string;
  readonly hookStatus: 'SUCCEEDED' | 'FAILED' | 'IN_PROGRESS';
  /** With IN_PROGRESS: in how many seconds it is called again. */
  readonly callBackDelay?: number;
  /** What the next call is given. */
  readonly hookDetails?: unknown;
  readonly reason?: string;
}

const MAX_REASON = 1024;
/** [dg lifecycle hooks] */
const DEFAULT_DELAY_SECONDS = 30;

/** What a hook answered. An answer to a call of a stage that is over changes nothing. */
export const recordHookAnswer: CommandRule<RecordHookAnswerInput> = {
  actors: ['scheduler'],
  decide(state, input, context) {
    const { serviceArn, deploymentId, hookId, hookStatus, callBackDelay = DEFAULT_DELAY_SECONDS, hookDetails } = input;
    const service = state.services.get(serviceArn);
    const hook = openHook(service, deploymentId, hookId);
    if (!service || hook?.status !== 'IN_PROGRESS') return [];
    const reason = input.reason?.slice(0, MAX_REASON);
    const isOver = hookStatus !== 'IN_PROGRESS';
    const nextCallAt = new Date(Date.parse(context.at) + callBackDelay * 1_000).toISOString();
    const { stage } = service.deployments[0]!.lifecycle!;
    const because = reason === undefined ? '' : `: ${reason}`;
    const said = `(service ${service.serviceName}) (deployment ${deploymentId}) ${hookName(hook)} answered ${hookStatus} at ${stage}${because}`;
    return [
      event('DeploymentHookChanged', {
        serviceArn,
        deploymentId,
        hookId,
        status: hookStatus,
        ...(isOver ? {} : { nextCallAt }),
        ...(hookDetails === undefined ? {} : { hookDetails }),
        ...(reason === undefined ? {} : { reason }),
      }),
      // It may say for a day that it goes on.
      ...(isOver ? saidBy(context, [[service, said]]) : []),
    ];
  },
  reply: () => ({}),
};
