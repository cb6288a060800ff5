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
