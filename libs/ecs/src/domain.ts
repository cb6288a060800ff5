import { deciderOf, type Domain } from '#lib/kernel';
import { ecsEvolvers } from './evolve/evolve.js';
import { checkInvariants } from './evolve/invariants.js';
import { noteService } from './evolve/revisions.js';
import { explainPlacement } from './explain/ask-instances.js';
import { type EcsEvents, ecsUpcasts } from './model/events.js';
import type { CommandRules, QueryRules } from './model/rules.js';
import { createEcsStore, type EcsState } from './model/state.js';
import { accessKeysCommands, accessKeysQueries } from './accounts/access-keys.js';
import { accountSettingsCommands, accountSettingsQueries } from './accounts/account-settings.js';
import { iamInstanceProfileCommands, iamInstanceProfileQueries } from './accounts/iam/instance-profiles.js';
import { iamOidcProviderCommands, iamOidcProviderQueries } from './accounts/iam/oidc-providers.js';
import { iamPolicyCommands, iamPolicyQueries } from './accounts/iam/policies.js';
import { iamRolePolicyCommands, iamRolePolicyQueries } from './accounts/iam/role-policies.js';
import { iamRoleCommands, iamRoleQueries } from './accounts/iam/roles.js';
import { callerIdentityQueries } from './accounts/caller-identity.js';
import { assumeRoleQueries } from './accounts/assume-role.js';
import { taskRolesQueries } from './accounts/task-roles.js';
import { capacityProviderCommands, capacityProviderQueries } from './clusters/capacity-providers.js';
import { clustersCommands, clustersQueries } from './clusters/clusters.js';
import { taskDefinitionsCommands, taskDefinitionsQueries } from './definitions/task-definitions.js';
import { attributesCommands, attributesQueries } from './instances/attributes.js';
import { containerInstancesCommands, containerInstancesQueries } from './instances/container-instances.js';
import { createService, deleteService, updateService } from './services/api/commands.js';
import { continueServiceDeployment, stopServiceDeployment } from './services/api/deployments.js';
import { serviceQueries } from './services/api/queries.js';
import { updateTaskProtection } from './services/api/task-protection.js';
import { recordDeploymentAlarms, recordHookAnswer, recordTraffic } from './services/lifecycle/index.js';
import { advanceService } from './services/reconcile/advance-service.js';
import { taskSetCommands } from './services/task-sets/commands.js';
import { describeTaskSets } from './services/task-sets/queries.js';
import { tagsCommands, tagsQueries } from './tags/tags.js';
import { declareInstanceLost } from './tasks/declare-lost.js';
import { expire, expired } from './tasks/housekeeping.js';
import { placeTasks } from './tasks/place-tasks.js';
import { placeWaitingTasks } from './tasks/place-waiting-tasks.js';
import { recordTaskProgress } from './tasks/record-progress.js';
import { recordNetworkInterface } from './tasks/record-network-interface.js';
import { recordTargets } from './tasks/record-targets.js';
import { stopTask } from './tasks/stop.js';
import { taskQueries } from './tasks/queries.js';
import { taskFacts } from './tasks/task-facts.js';

/** Every command of the `ecs` journal by name. A name is an API operation's, or an app's own. */
export const ecsCommands: CommandRules = {
  ...accessKeysCommands,
  ...accountSettingsCommands,
  ...iamRoleCommands,
  ...iamPolicyCommands,
  ...iamInstanceProfileCommands,
  ...iamOidcProviderCommands,
  ...iamRolePolicyCommands,
  ...attributesCommands,
  ...clustersCommands,
  ...capacityProviderCommands,
  ...containerInstancesCommands,
  ...tagsCommands,
  ...taskDefinitionsCommands,
  PlaceTasks: placeTasks,
  PlaceWaitingTasks: placeWaitingTasks,
  RecordTaskProgress: recordTaskProgress,
  RecordTargets: recordTargets,
  RecordNetworkInterface: recordNetworkInterface,
  StopTask: stopTask,
  DeclareInstanceLost: declareInstanceLost,
  Expire: expire,
  CreateService: createService,
  UpdateService: updateService,
  DeleteService: deleteService,
  StopServiceDeployment: stopServiceDeployment,
  ContinueServiceDeployment: continueServiceDeployment,
  RecordTraffic: recordTraffic,
  RecordHookAnswer: recordHookAnswer,
  RecordDeploymentAlarms: recordDeploymentAlarms,
  UpdateTaskProtection: updateTaskProtection,
  AdvanceService: advanceService,
  ...taskSetCommands,
};

/** Every read that the `ecs` state answers, by operation. */
export const ecsQueries: QueryRules = {
  ...accessKeysQueries,
  ...accountSettingsQueries,
  ...iamRoleQueries,
  ...iamPolicyQueries,
  ...iamInstanceProfileQueries,
  ...iamOidcProviderQueries,
  ...iamRolePolicyQueries,
  ...attributesQueries,
  ...clustersQueries,
  ...capacityProviderQueries,
  ...containerInstancesQueries,
  ...tagsQueries,
  ...taskDefinitionsQueries,
  ...taskQueries,
  ...taskRolesQueries,
  ...assumeRoleQueries,
  ...callerIdentityQueries,
  /** Of tasks themselves, by their hosts' agents. */
  TaskFacts: taskFacts,
  ...serviceQueries,
  DescribeTaskSets: describeTaskSets,
  /** Explain asks it of past states; no operation of the API. */
  ExplainPlacement: explainPlacement,
};

/** Rises whenever `evolve` would make another state of the same journal: snapshots of older ones are then ignored. */
export const ECS_SCHEMA_VERSION = 9;

const decider = deciderOf<EcsState, EcsEvents>({
  commands: ecsCommands,
  evolvers: ecsEvolvers,
  upcasts: ecsUpcasts,
  afterEach: noteService,
  invariants: checkInvariants,
});

/** The `ecs` journal's rules, whole. */
export const ecs: Domain<EcsState> = {
  journal: 'ecs',
  schemaVersion: ECS_SCHEMA_VERSION,
  newTables: createEcsStore,
  decider,
  queries: ecsQueries,
  isExpired: (state, at) => expired(state, at).length > 0,
};
