import type { CommandRules } from '../rules/handler.js';
import { advanceService } from './advance-service.js';
import { stopServiceDeployment } from './service-deployments.js';
import { updateTaskProtection } from './task-protection.js';
import { createService, deleteService, updateService } from './service-commands.js';
import { taskSetCommands } from './task-set-commands.js';

/** Services: what they are told (API), and how the scheduler moves them on. */
export const serviceCommands: CommandRules = {
  CreateService: createService,
  UpdateService: updateService,
  DeleteService: deleteService,
  StopServiceDeployment: stopServiceDeployment,
  UpdateTaskProtection: updateTaskProtection,
  AdvanceService: advanceService,
  ...taskSetCommands,
};

export { isProtected } from './task-protection.js';
export { serviceQueries } from './service-queries.js';
export { type AdvanceServiceInput, type AdvanceServiceReply, type ReplicaPlacement } from './advance-service.js';
export { breakerThreshold, pauseAfterFailureMs } from './circuit-breaker.js';
export { desiredCountOf } from './daemon-instances.js';
export { describeService } from './describe-service.js';
export { countsOf, type ServiceCounts } from './service-counts.js';
export { isEmpty, MOST_PER_STEP, type ServiceSteps } from './converge.js';
export { reconcile } from './reconcile.js';
export { type PlannedStep, planStep } from './plan-step.js';
export { replicaRequest, type ReplicaRequest } from './replica-request.js';
export { DEFAULT_HEALTHY_AFTER_MS } from './service-defaults.js';
export { findService } from './service-lookup.js';
