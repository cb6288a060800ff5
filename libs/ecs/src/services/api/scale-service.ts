import type { CommandContext } from '#lib/kernel';
import { resolveCluster } from '../../lookup/lookup.js';
import { findService } from '../../lookup/services.js';
import { type EcsEvent, event } from '../../model/events.js';
import { refusals } from '../../model/refusals.js';
import { hasTaskSets } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { messages } from '../reconcile/messages.js';
import { computedDesiredCount, taskSetsOf, unsettled } from '../reconcile/task-sets.js';

/** UpdateService as the autoscaler sends it: nothing but a desired count, and what it was decided for. */
export interface ScaleInput {
  readonly cluster: string;
  readonly service: string;
  readonly desiredCount: number;
  /** The count that it was decided on. */
  readonly from: number;
  /** For people: which alarm or bound, what was measured. */
  readonly why: string;
}

/** Refused when the count is another one meanwhile: somebody else has decided, and the autoscaler looks anew. */
export function scaleService(state: EcsState, input: ScaleInput, context: CommandContext): EcsEvent[] {
  const { found: service } = findService(state, context, resolveCluster(state, context, input.cluster), input.service);
  if (!service) throw refusals.serviceNotFound();
  if (service.status !== 'ACTIVE') throw refusals.serviceNotActive();
  const { desiredCount, from, why } = input;
  if (service.schedulingStrategy === 'DAEMON') throw refusals.invalidParameter('A service of daemons has no desired count.');
  if (service.desiredCount !== from)
    throw refusals.invalidParameter(`The desired count is ${service.desiredCount} and no longer ${from}.`);
  const { serviceArn } = service;
  const wake = hasTaskSets(service)
    ? taskSetsOf(state, service).flatMap((taskSet) =>
        unsettled(taskSet, computedDesiredCount(service, taskSet), computedDesiredCount({ ...service, desiredCount }, taskSet)),
      )
    : [];
  const message = messages.scaled(service, desiredCount, why);
  return [
    event('ServiceUpdated', { serviceArn, desiredCount }),
    ...wake,
    event('ServiceMessageAdded', { serviceArn, id: context.id('scaled'), message }),
  ];
}
