import type { Scope } from '#lib/kernel';
import type { EcsState, ServiceDeployment } from '#lib/ecs/model';
import type { RecordDeploymentAlarmsInput } from '#lib/ecs/services/lifecycle';
import { childrenOf } from '../domain/composites/evaluate-composites.js';
import { alarmKey, anyAlarm, type ScalingState } from '../domain/state.js';

/** A period counts when its samples are in: alarms are compared with their metrics every 10 s, some seconds after a period's end. */
const EVALUATION_SECONDS = 15;

/**
 * What ECS is to hear of the alarms of a roll-out; undefined: it has. An alarm that was in ALARM before does not end it: it may be there to mend
 * just that. One whose name is of no alarm has nothing to say.
 */
export function alarmsDue(
  ecs: EcsState,
  scaling: ScalingState,
  rollOut: ServiceDeployment,
): RecordDeploymentAlarmsInput | undefined {
  const { serviceDeploymentArn, serviceArn, createdAt, deploymentConfiguration } = rollOut;
  const service = ecs.services.get(serviceArn);
  if (!service) return undefined;
  const { alarmNames } = deploymentConfiguration.alarms!;
  const alarms = alarmNames.flatMap((name) => anyAlarm(scaling, service, name) ?? []);
  const triggered = alarms.filter(({ state }) => state.value === 'ALARM' && state.updatedAt >= createdAt);
  const seen = {
    bakeSeconds: Math.max(0, ...alarms.map(({ name }) => secondsOf(scaling, service, name))) + EVALUATION_SECONDS,
    triggeredAlarmNames: triggered.map(({ name }) => name),
  };
  const told = rollOut.alarms;
  const isToldOfAll = seen.triggeredAlarmNames.every((name) => told?.triggeredAlarmNames.includes(name));
  if (told && isToldOfAll && told.bakeSeconds === seen.bakeSeconds) return undefined;
  return { serviceDeploymentArn, ...seen };
}

/** What an alarm looks back on; a composite one, as far as any of its alarms does. */
function secondsOf(scaling: ScalingState, scope: Scope, name: string): number {
  const alarm = scaling.alarms.get(alarmKey(scope, name));
  if (alarm) return alarm.settings.periodSeconds * alarm.settings.evaluationPeriods;
  const composite = scaling.compositeAlarms.get(alarmKey(scope, name));
  return composite ? Math.max(0, ...childrenOf(composite).map((child) => secondsOf(scaling, scope, child))) : 0;
}
