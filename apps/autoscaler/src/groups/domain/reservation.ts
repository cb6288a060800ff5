import type { ManagedScaling } from '#lib/ecs/model';

/** What a capacity provider's instances are, and what else is wanted of it. */
export interface ProviderUse {
  /** Instances of its group, those that are still coming included. */
  readonly instances: number;
  /** Of these, those without any task but daemons'. */
  readonly empty: number;
  /** Of `instances`, those that have not registered yet: nothing runs there, but something may be about to. */
  readonly coming: number;
  /** Empty instances that the tasks without a place need, all in all. */
  readonly lacking: number;
  /** Tasks have no place, though perhaps none that another instance would give. */
  readonly isWaitedFor: boolean;
}

/**
 * How many instances the tasks need (ECS's M), against how many there are (its N). With tasks that lack room: what there is, and what they
 * need beyond what is coming, in steps of the size that the provider allows. Else those that are in use
 * [aws.amazon.com/blogs/containers/deep-dive-on-amazon-ecs-cluster-auto-scaling].
 */
export function instancesWanted(
  { instances, empty, coming, lacking, isWaitedFor }: ProviderUse,
  { minimumScalingStepSize: least, maximumScalingStepSize: most }: ManagedScaling,
): number {
  if (lacking > coming) return instances + Math.min(most, Math.max(least, lacking - coming));
  // Of those that are coming only what tasks wait for is in use: a spare one would ask for the next spare one.
  const used = instances - empty - coming + lacking;
  // What waits for something else than room may get it on the last one: taking that away would only bring it back.
  return isWaitedFor ? Math.max(used, Math.min(1, instances)) : used;
}

/** ECS's CapacityProviderReservation, in percent; of a provider without instances 200 when some are wanted, else 100. */
export function reservationOf(wanted: number, instances: number): number {
  if (instances === 0) return wanted > 0 ? 200 : 100;
  return (wanted / instances) * 100;
}

/** With so many instances the reservation is at its target: a spare share of them is kept free below 100 %. */
export const desiredFor = (wanted: number, { targetCapacity }: Pick<ManagedScaling, 'targetCapacity'>): number =>
  Math.ceil((wanted * 100) / targetCapacity);
