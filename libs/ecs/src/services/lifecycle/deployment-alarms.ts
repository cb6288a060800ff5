import { sameContent } from '#lib/kernel';
import { event } from '../../model/events.js';
import type { ServiceDeploymentArn } from '../../model/ids.js';
import type { CommandRule } from '../../model/rules.js';
import { type Deployment, type DeploymentAlarmsSeen, isWatchedByAlarms, type ServiceDeployment } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';

/** What the autoscaler, which has the alarms, makes of those of a roll-out. */
export interface RecordDeploymentAlarmsInput extends DeploymentAlarmsSeen {
  readonly serviceDeploymentArn: ServiceDeploymentArn;
}

/** An alarm that was once seen in ALARM counts, whatever became of it since. */
export const recordDeploymentAlarms: CommandRule<RecordDeploymentAlarmsInput> = {
  actors: ['autoscaler'],
  decide(state, { serviceDeploymentArn, bakeSeconds, triggeredAlarmNames }) {
    const rollOut = state.serviceDeployments.get(serviceDeploymentArn);
    if (!rollOut || !isWatchedByAlarms(rollOut)) return [];
    const before = rollOut.alarms?.triggeredAlarmNames ?? [];
    const seen = { bakeSeconds, triggeredAlarmNames: [...new Set([...before, ...triggeredAlarmNames])] };
    if (sameContent(rollOut.alarms, seen)) return [];
    return [event('DeploymentAlarmsSeen', { serviceArn: rollOut.serviceArn, serviceDeploymentArn, ...seen })];
  },
  reply: () => ({}),
};

type RollOuts = Pick<EcsState, 'serviceDeployments'>;

const watchedRollOut = ({ serviceDeployments }: RollOuts, deployment: Deployment): ServiceDeployment | undefined => {
  const rollOut = serviceDeployments.get(deployment.serviceDeploymentArn);
  return deployment.rolloutState === 'IN_PROGRESS' && rollOut && isWatchedByAlarms(rollOut) ? rollOut : undefined;
};

/** Alarms that end the deployment. */
export const alarmsAgainst = (state: RollOuts, deployment: Deployment): readonly string[] =>
  watchedRollOut(state, deployment)?.alarms?.triggeredAlarmNames ?? [];

/** How long its alarms need to tell of its tasks. Infinity: nobody has said so yet, and it is not done before. */
export function alarmsBakeMs(state: RollOuts, deployment: Deployment): number {
  const rollOut = watchedRollOut(state, deployment);
  if (!rollOut) return 0;
  return rollOut.alarms ? rollOut.alarms.bakeSeconds * 1_000 : Infinity;
}
