import type { EcsEventType } from '../model/events.js';
import { accountEvolvers } from './accounts.js';
import { capacityProviderEvolvers } from './capacity-providers.js';
import { clusterEvolvers } from './clusters.js';
import { containerInstanceEvolvers } from './container-instances.js';
import { deploymentLifecycleEvolvers } from './deployment-lifecycle.js';
import type { Evolvers } from './evolver.js';
import { serviceEvolvers } from './services.js';
import { taskSetEvolvers } from './task-sets.js';
import { taskEvolvers } from './tasks.js';

/** The one reading of the `ecs` journal. Every app folds with it. */
export const ecsEvolvers: Evolvers<EcsEventType> = {
  ...accountEvolvers,
  ...clusterEvolvers,
  ...capacityProviderEvolvers,
  ...containerInstanceEvolvers,
  ...serviceEvolvers,
  ...deploymentLifecycleEvolvers,
  ...taskSetEvolvers,
  ...taskEvolvers,
};

/** Every event this version writes. */
export const ecsEventTypes = Object.keys(ecsEvolvers) as readonly EcsEventType[];
