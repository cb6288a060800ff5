import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Commit } from '#lib/journal';
import { recordAccess, recordRoles, recordInstanceProfiles, recordOidcProviders } from './lives/accounts.js';
import {
  recordScaling,
  recordWaitingAlarms,
  recordCompositeAlarms,
  recordScalableTargets,
  recordDashboards,
} from './lives/alarms.js';
import {
  recordAutoScalingGroups,
  recordLaunchConfigurations,
  recordGroupPolicies,
  recordGroupInstances,
  recordGroupLifecycle,
  recordInstanceRefreshes,
} from './lives/auto-scaling-groups.js';
import { recordLoadBalancing, recordDiscovery, recordCertificates, recordZones } from './lives/load-balancing.js';
import {
  recordLogging,
  recordPlaces,
  recordGroupKeys,
  recordMetricFilters,
  recordSubscriptionFilters,
  recordLogResourcePolicies,
  recordQueryDefinitions,
} from './lives/logging.js';
import {
  recordNetwork,
  recordNetworkInterfaces,
  recordLoadBalancerMembers,
  recordListeners,
  recordOverlays,
} from './lives/network.js';
import { recordImages, recordDeletedPolicies, recordRegistrySettings } from './lives/registry.js';
import { recordRules, recordEventRules, recordSchedules } from './lives/rules.js';
import { recordSecrets, recordKeys, recordSecretPolicies } from './lives/secrets.js';
import { recordService, recordTaskSets, recordShift, recordDeploymentAlarms, recordRegistries } from './lives/services.js';
import {
  recordLife,
  recordForgetting,
  recordProtection,
  recordMoves,
  recordTargets,
  recordFargate,
  recordDeprovisioning,
  recordCapacityProviders,
  recordWaitingTasks,
} from './lives/tasks.js';

/**
 * Writes a journal that uses every event once, as this version writes it: `node dist/test/recorded/record.js <name>`. A recorded
 * journal is never written again: it stands for the journals on users' disks, which no later version may read differently.
 */
const recordings: Readonly<Record<string, () => Commit[]>> = {
  '2026-11-23': recordLife,
  '2026-11-23-service': recordService,
  '2026-11-23-protection': recordProtection,
  '2026-11-23-moves': recordMoves,
  '2026-11-23-task-sets': recordTaskSets,
  '2026-11-28-forgetting': recordForgetting,
  /** With ServiceMessageAdded of version 2. */
  '2026-11-28-service': recordService,
  '2026-11-28-access': recordAccess,
  'load-balancing/2026-11-28': recordLoadBalancing,
  'logging/2026-11-28': recordLogging,
  'secrets/2026-11-28': recordSecrets,
  'secrets/2026-11-29-keys': recordKeys,
  'logging/2026-11-29-group-keys': recordGroupKeys,
  'logging/2026-11-29-resource-policies': recordLogResourcePolicies,
  'logging/2026-11-29-query-definitions': recordQueryDefinitions,
  'secrets/2026-11-29-policies': recordSecretPolicies,
  'network/2026-11-28': recordNetwork,
  'registry/2026-11-28': recordImages,
  'registry/2026-11-29-deleted-policies': recordDeletedPolicies,
  'registry/2026-11-30-settings': recordRegistrySettings,
  'logging/2026-11-29-places': recordPlaces,
  'logging/2026-11-28-metric-filters': recordMetricFilters,
  'logging/2026-11-28-subscription-filters': recordSubscriptionFilters,
  'scaling/2026-11-28': recordScaling,
  'scaling/2026-11-28-targets': recordScalableTargets,
  'scaling/2026-11-28-groups': recordAutoScalingGroups,
  'scaling/2026-11-29-group-instances': recordGroupInstances,
  'scaling/2026-11-30-group-lifecycle': recordGroupLifecycle,
  'scaling/2026-11-30-instance-refreshes': recordInstanceRefreshes,
  'scaling/2026-11-29-launch-configurations': recordLaunchConfigurations,
  'scaling/2026-11-29-group-policies': recordGroupPolicies,
  'scaling/2026-11-30-waiting-alarms': recordWaitingAlarms,
  'scaling/2026-11-29-composite-alarms': recordCompositeAlarms,
  'scaling/2026-11-29-dashboards': recordDashboards,
  'scaling/2026-11-29-rules': recordRules,
  'scaling/2026-11-29-schedules': recordSchedules,
  'scaling/2026-11-30-event-rules': recordEventRules,
  '2026-11-28-targets': recordTargets,
  'load-balancing/2026-11-28-discovery': recordDiscovery,
  'load-balancing/2026-11-28-certificates': recordCertificates,
  'load-balancing/2026-11-29-zones': recordZones,
  '2026-11-28-registries': recordRegistries,
  '2026-11-28-shift': recordShift,
  '2026-11-28-deployment-alarms': recordDeploymentAlarms,
  '2026-11-28-fargate': recordFargate,
  '2026-11-29-deprovisioning': recordDeprovisioning,
  '2026-11-28-roles': recordRoles,
  '2026-11-29-capacity-providers': recordCapacityProviders,
  '2026-11-29-waiting-tasks': recordWaitingTasks,
  '2026-11-29-instance-profiles': recordInstanceProfiles,
  '2026-11-30-oidc-providers': recordOidcProviders,
  'network/2026-11-28-interfaces': recordNetworkInterfaces,
  'network/2026-11-28-load-balancers': recordLoadBalancerMembers,
  'network/2026-11-29-listeners': recordListeners,
  'network/2026-11-29-overlays': recordOverlays,
};

if (process.argv[1] === import.meta.filename) {
  const [name] = process.argv.slice(2);
  const root = resolve(import.meta.dirname, '../../..');
  writeFileSync(join(root, 'test/recorded', `${name}.journal.json`), `${JSON.stringify(recordings[name!]!(), null, 1)}\n`);
}
