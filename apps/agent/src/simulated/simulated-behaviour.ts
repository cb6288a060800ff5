import type { ContainerSpec } from '../domain/container-spec.js';

/** How a simulated container behaves: said by its image's name, or by variables in its environment (which win). */
export interface SimulatedBehaviour {
  /** Undefined: runs until it is stopped. */
  readonly runsForMs?: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** How long it takes to end after SIGTERM; past the grace it is killed (exit code 137). */
  readonly stopsAfterMs: number;
  readonly stopExitCode: number;
  readonly becomesHealthy: boolean;
  /** After its start, when the spec has a health check. */
  readonly healthKnownAfterMs: number;
  /** After its start: a healthy one is healthy no longer. Undefined: it stays so. */
  readonly unhealthyAfterMs?: number;
  readonly startFails: boolean;
}

/** An image that no registry has: `missing…` as its last name. */
export const isMissingImage = (image: string): boolean => /(^|\/)missing/.test(image);

/**
 * - image `exit:3`: exits with 3 at once
 * - `SIM_RUN_MS`, `SIM_EXIT_CODE`, `SIM_OOM=1`: when and how it exits by itself
 * - `SIM_STOP_MS`, `SIM_STOP_EXIT_CODE`: how it takes SIGTERM
 * - `SIM_HEALTH=unhealthy`, `SIM_HEALTH_MS`: what its health check finds, and when
 * - `SIM_UNHEALTHY_MS`: when a healthy one turns unhealthy
 * - `SIM_START_FAILS=1`: the engine cannot start it
 */
export function simulatedBehaviour(spec: ContainerSpec): SimulatedBehaviour {
  const environment = new Map(spec.environment.map((pair) => pair.split('=', 2) as [string, string]));
  const number = (name: string) => (environment.has(name) ? Number(environment.get(name)) : undefined);
  const exitImage = /(?:^|\/)exit:(\d+)$/.exec(spec.image);
  return {
    runsForMs: number('SIM_RUN_MS') ?? (exitImage ? 0 : undefined),
    exitCode: number('SIM_EXIT_CODE') ?? (exitImage ? Number(exitImage[1]) : 0),
    oomKilled: environment.get('SIM_OOM') === '1',
    stopsAfterMs: number('SIM_STOP_MS') ?? 0,
    stopExitCode: number('SIM_STOP_EXIT_CODE') ?? 143,
    becomesHealthy: environment.get('SIM_HEALTH') !== 'unhealthy',
    healthKnownAfterMs: number('SIM_HEALTH_MS') ?? spec.healthCheck?.intervalMs ?? 0,
    unhealthyAfterMs: number('SIM_UNHEALTHY_MS'),
    startFails: environment.get('SIM_START_FAILS') === '1',
  };
}
