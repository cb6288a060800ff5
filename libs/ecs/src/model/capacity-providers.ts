import type { Scope } from '#lib/kernel';
import type { Instant, Tag } from './common.js';
import type { CapacityProviderArn } from './ids.js';

/** How tasks are shared among capacity providers [sdk CapacityProviderStrategyItem]: `base` tasks first, the rest by weight. */
export interface CapacityProviderStrategyItem {
  readonly capacityProvider: string;
  readonly weight: number;
  readonly base: number;
}

/** Those that every cluster has. There is no price to bid for here, so both are the same capacity. */
export const FARGATE_PROVIDERS = ['FARGATE', 'FARGATE_SPOT'] as const;

export const isFargateProvider = (name: string): boolean => (FARGATE_PROVIDERS as readonly string[]).includes(name);

/**
 * Of the task with this number, from 0: the same strategy and number always have the same provider, so what is replaced comes back where it
 * was.
 */
export function capacityProviderOf(strategy: readonly CapacityProviderStrategyItem[], number: number): string | undefined {
  const ofBase = strategy.find(({ base }) => base > 0);
  const base = ofBase?.base ?? 0;
  if (ofBase && number < base) return ofBase.capacityProvider;
  const whole = strategy.reduce((sum, { weight }) => sum + weight, 0);
  if (whole === 0) return (ofBase ?? strategy[0])?.capacityProvider;
  let left = (number - base) % whole;
  return strategy.find(({ weight }) => (left -= weight) < 0)?.capacityProvider;
}

/** In ECS's words; every member as it holds, given or by default. */
export interface ManagedScaling {
  readonly status: 'ENABLED' | 'DISABLED';
  /** Percent of the instances that are to be in use. */
  readonly targetCapacity: number;
  /** Instances. */
  readonly minimumScalingStepSize: number;
  readonly maximumScalingStepSize: number;
  /** Seconds. */
  readonly instanceWarmupPeriod: number;
}

export interface AutoScalingGroupProvider {
  readonly autoScalingGroupArn: string;
  readonly managedScaling: ManagedScaling;
  readonly managedTerminationProtection: 'ENABLED' | 'DISABLED';
  readonly managedDraining: 'ENABLED' | 'DISABLED';
}

/** The instances of an Auto Scaling group, by a name that strategies share tasks among. Those of Fargate are no entities. */
export interface CapacityProvider extends Scope {
  readonly capacityProviderArn: CapacityProviderArn;
  readonly name: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly autoScalingGroupProvider: AutoScalingGroupProvider;
  /** What was last done to it; absent while it is as it was made. */
  readonly updateStatus?: 'UPDATE_COMPLETE' | 'DELETE_COMPLETE';
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
  readonly deletedAt?: Instant;
}

/** `arn:…:autoScalingGroup:<id>:autoScalingGroupName/<name>`. */
export const groupNameOf = (autoScalingGroupArn: string): string => {
  const [, name = ''] = autoScalingGroupArn.split(':autoScalingGroupName/');
  return name;
};
