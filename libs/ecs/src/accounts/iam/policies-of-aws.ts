const ROOT = `
  AdministratorAccess
  PowerUserAccess
  ReadOnlyAccess
  IAMFullAccess
  AmazonEC2ContainerRegistryFullAccess
  AmazonEC2ContainerRegistryPowerUser
  AmazonEC2ContainerRegistryReadOnly
  AmazonECS_FullAccess
  AmazonEC2FullAccess
  AmazonEC2ReadOnlyAccess
  AmazonVPCFullAccess
  AutoScalingFullAccess
  AmazonS3FullAccess
  AmazonS3ReadOnlyAccess
  AmazonDynamoDBFullAccess
  AmazonRDSFullAccess
  AmazonSQSFullAccess
  AmazonSNSFullAccess
  AmazonSESFullAccess
  AmazonElastiCacheFullAccess
  AmazonRoute53FullAccess
  AmazonSSMFullAccess
  AmazonSSMManagedInstanceCore
  AmazonSSMReadOnlyAccess
  SecretsManagerReadWrite
  CloudWatchFullAccess
  CloudWatchLogsFullAccess
  CloudWatchAgentServerPolicy
  CloudWatchReadOnlyAccess
  ElasticLoadBalancingFullAccess
  AWSXRayDaemonWriteAccess
  AWSXrayFullAccess
  AWSAppMeshEnvoyAccess
  AWSCloudMapFullAccess
  AWSCodeDeployRoleForECS
  AmazonElasticFileSystemFullAccess
  AmazonPrometheusRemoteWriteAccess
`;
const SERVICE_ROLES = `
  AmazonECSTaskExecutionRolePolicy
  AmazonEC2ContainerServiceforEC2Role
  AmazonEC2ContainerServiceRole
  AmazonEC2ContainerServiceAutoscaleRole
  AmazonEC2ContainerServiceEventsRole
  AmazonEC2RoleforSSM
  AmazonECSInfrastructureRolePolicyForVolumes
  AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity
  AWSCodeDeployRole
  AWSLambdaBasicExecutionRole
  AWSLambdaVPCAccessExecutionRole
  AmazonRDSEnhancedMonitoringRole
`;

const named = (path: string, list: string) =>
  list
    .trim()
    .split(/\s+/)
    .map((name) => `${path}${name}`);

/**
 * The policies that AWS keeps, by path and name, as far as files for ECS look them up. Any other one can be attached by its ARN as well; these are
 * found by their names.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export const POLICIES_OF_AWS: readonly string[] = [...named('/', ROOT), ...named('/service-role/', SERVICE_ROLES)];
