/**
 * Input members that are taken and not acted on: `Structure.member` of ECS's model, or the path of one operation's, and what that
 * means to who gives it. Everything else is acted on, refused, or asks placement for an instance that has it (`capabilities.ts`).
 * `docs/api-coverage.md` is printed from these tables, `explain` names those of a task's definition, and
 * `test/operations/honoured-members.spec.ts` finds by experiment whatever is missing here, or here without need.
 */
export const NOT_HONOURED: Readonly<Record<string, string>> = {
  'ContainerDefinition.versionConsistency':
    'Shown only: each host pulls the image by the tag that stands there. Name a digest where all tasks have to run the same image.',
  'PortMapping.appProtocol': 'Shown only: the listener of the load balancer that Service Connect leads to has a protocol.',
  'RegisterContainerInstance.attributes[].targetId': 'An instance registers attributes of its own only.',
  'RegisterContainerInstanceRequest.instanceIdentityDocumentSignature':
    'Not verified: the signature of the request says who registers, and the document only names the host.',
  'RegisterTaskDefinitionRequest.executionRoleArn':
    'No role is taken: hosts pull images with their own credentials. Where an image is in Amazon ECR, an instance has to have it.',
  'Resource.doubleValue': 'Resources are whole numbers.',
  'Resource.type': 'The field that holds the value says it.',
  'RunTaskRequest.referenceId': 'Kept nowhere.',
  'StartTaskRequest.referenceId': 'Kept nowhere.',
};

const NO_EXECUTE_COMMAND = 'Shown only: ExecuteCommand is not built yet.';
const NO_CONFIGURATION = 'Shown only: ExecuteCommand and managed storage are not built yet.';

/** Kept and shown again, so that a difference can be seen, but nobody does anything with them. */
export const SHOWN_ONLY: Readonly<Record<string, string>> = {
  'ManagedScaling.instanceWarmupPeriod': 'Shown only: instances that have not come yet are counted instead.',
  'ClusterSetting.value':
    'enabled and enhanced are the same: metrics of clusters, services and families, none of tasks and containers.',
  'CreateClusterRequest.configuration': NO_CONFIGURATION,
  'CreateServiceRequest.enableExecuteCommand': NO_EXECUTE_COMMAND,
  'CreateServiceRequest.role': 'Shown only: load balancers are no service of somebody else here, so no role is taken.',
  'PutAccountSettingDefaultRequest.value':
    'Only containerInsights, as the setting of new clusters, and defaultLogDriverMode are used; the others are shown.',
  'PutAccountSettingRequest.value':
    'Only containerInsights, as the setting of new clusters, and defaultLogDriverMode are used; the others are shown.',
  'RunTaskRequest.enableExecuteCommand': NO_EXECUTE_COMMAND,
  'StartTaskRequest.enableExecuteCommand': NO_EXECUTE_COMMAND,
  'ServiceConnectConfiguration.accessLogConfiguration':
    'Shown only: there are no proxies that would log; LONGSHORE_LOAD_BALANCER_ACCESS_LOG makes load balancers do it.',
  'ServiceConnectConfiguration.logConfiguration': 'Shown only: there are no proxies that would log.',
  'ServiceConnectService.ingressPortOverride': 'Shown only: there are no proxies that would listen there.',
  'ServiceConnectService.timeout': 'Shown only: a load balancer has its own (idle_timeout.timeout_seconds).',
  'UpdateClusterRequest.configuration': NO_CONFIGURATION,
  'UpdateServiceRequest.enableExecuteCommand': NO_EXECUTE_COMMAND,
};
