import type { Instant } from '../model/common.js';
import type { DeploymentLifecycle } from '../model/lifecycle.js';
import type { Deployment } from '../model/services.js';

/** Traffic goes back at once: what failed keeps its tasks until it has. */
export function lifecycleOfRollback(failed: Deployment, at: Instant): DeploymentLifecycle | undefined {
  const { strategy, shares } = failed.lifecycle ?? {};
  if (strategy === undefined || (strategy === 'ROLLING' && !shares)) return undefined;
  return {
    strategy,
    stage: 'PRODUCTION_TRAFFIC_SHIFT',
    since: at,
    sourceId: failed.id,
    ...(shares ? { shares: { production: 100, test: 100 } } : {}),
    isRollback: true,
  };
}
