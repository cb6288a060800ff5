import type { Attribute } from '../model/common.js';
import type { ContainerDefinition, TaskDefinition, Volume } from '../model/task-definition.js';

/**
 * What a task definition needs of an instance, as ECS's capability names (amazon-ecs-agent `agent/app/agent_capability.go`).
 * Registration turns used fields into `requiresAttributes`; an agent advertises exactly what it honours; placement compares the
 * two. Thus everything that the model allows can be registered, and nothing is silently ignored.
 */
export type TaskDefinitionFields = Partial<Omit<TaskDefinition, 'containerDefinitions' | 'volumes'>> & {
  readonly containerDefinitions?: readonly Partial<ContainerDefinition>[];
  readonly volumes?: readonly Volume[];
};

export interface Capability {
  /** The attribute's name; a `<…>` in it stands for what the definition says (a log driver, a volume plugin). */
  readonly name: string;
  /** What it is for, as the end of the sentence "this instance has no support for …". */
  readonly words: string;
}

export interface RequiredAttributes {
  /** Sorted by name, each once. */
  readonly attributes: readonly Attribute[];
  /** Attribute name → the first field that needs it, e.g. `containerDefinitions[0].healthCheck`. */
  readonly fields: Readonly<Record<string, string>>;
}

const ECS = 'com.amazonaws.ecs.capability.';
const ATTRIBUTE = 'ecs.capability.';

/** Every name that registration can ask for, with words for people. */
export const capabilities = {
  dockerApi17: { name: `${ECS}docker-remote-api.1.17`, words: 'containers of Docker API 1.17' },
  dockerApi18: { name: `${ECS}docker-remote-api.1.18`, words: 'labels and ulimits (Docker API 1.18)' },
  dockerApi19: { name: `${ECS}docker-remote-api.1.19`, words: 'log drivers (Docker API 1.19)' },
  dockerApi21: { name: `${ECS}docker-remote-api.1.21`, words: 'soft memory limits and volumes (Docker API 1.21)' },
  dockerApi22: { name: `${ECS}docker-remote-api.1.22`, words: 'tmpfs, shared memory size and swap limits (Docker API 1.22)' },
  dockerApi24: { name: `${ECS}docker-remote-api.1.24`, words: 'kernel parameters (Docker API 1.24)' },
  dockerApi25: { name: `${ECS}docker-remote-api.1.25`, words: 'an init process (Docker API 1.25)' },
  dockerApi29: { name: `${ECS}docker-remote-api.1.29`, words: 'health checks with a start period (Docker API 1.29)' },
  privileged: { name: `${ECS}privileged-container`, words: 'privileged containers' },
  ordering: { name: `${ATTRIBUTE}container-ordering`, words: 'dependsOn and start timeouts' },
  healthCheck: { name: `${ATTRIBUTE}container-health-check`, words: 'container health checks' },
  restartPolicy: { name: `${ATTRIBUTE}container-restart-policy`, words: 'container restart policies' },
  portRange: { name: `${ATTRIBUTE}container-port-range`, words: 'container port ranges' },
  namespaceSharing: { name: `${ATTRIBUTE}pid-ipc-namespace-sharing`, words: 'pidMode and ipcMode task' },
  taskLimits: { name: `${ATTRIBUTE}task-cpu-mem-limit`, words: 'CPU and memory limits of whole tasks' },
  taskEni: { name: `${ATTRIBUTE}task-eni`, words: 'the network mode awsvpc' },
  taskRole: { name: `${ECS}task-iam-role`, words: 'task roles' },
  taskRoleHostNetwork: { name: `${ECS}task-iam-role-network-host`, words: 'task roles in the network mode host' },
  ecrAuth: { name: `${ECS}ecr-auth`, words: 'images of Amazon ECR' },
  executionRoleEcr: { name: `${ATTRIBUTE}execution-role-ecr-pull`, words: 'pulling from Amazon ECR with an execution role' },
  executionRoleLogs: { name: `${ATTRIBUTE}execution-role-awslogs`, words: 'awslogs with an execution role' },
  registryCredentials: {
    name: `${ATTRIBUTE}private-registry-authentication.secretsmanager`,
    words: 'registry credentials from Secrets Manager',
  },
  secretsSsm: { name: `${ATTRIBUTE}secrets.ssm.environment-variables`, words: 'secrets from SSM parameters' },
  secretsAsm: { name: `${ATTRIBUTE}secrets.asm.environment-variables`, words: 'secrets from Secrets Manager' },
  logSecretsSsm: { name: `${ATTRIBUTE}secrets.ssm.bootstrap.log-driver`, words: 'log driver secrets from SSM parameters' },
  logSecretsAsm: { name: `${ATTRIBUTE}secrets.asm.bootstrap.log-driver`, words: 'log driver secrets from Secrets Manager' },
  envFiles: { name: `${ATTRIBUTE}env-files.s3`, words: 'environment files from S3' },
  efs: { name: `${ATTRIBUTE}efs`, words: 'EFS volumes' },
  efsAuth: { name: `${ATTRIBUTE}efsAuth`, words: 'EFS volumes with authorization or transit encryption' },
  fsx: { name: `${ATTRIBUTE}fsxWindowsFileServer`, words: 'FSx volumes' },
  s3files: { name: `${ATTRIBUTE}s3files`, words: 'S3 Files volumes' },
  ebs: { name: `${ATTRIBUTE}storage.ebs-task-volume-attach`, words: 'volumes configured at launch' },
  firelensFluentd: { name: `${ATTRIBUTE}firelens.fluentd`, words: 'FireLens with fluentd' },
  firelensFluentbit: { name: `${ATTRIBUTE}firelens.fluentbit`, words: 'FireLens with fluentbit' },
  firelensConfigFile: { name: `${ATTRIBUTE}firelens.options.config.file`, words: 'a FireLens configuration out of the image' },
  firelensConfigS3: { name: `${ATTRIBUTE}firelens.options.config.s3`, words: 'a FireLens configuration in S3' },
  appMesh: { name: `${ATTRIBUTE}aws-appmesh`, words: 'an App Mesh proxy' },
  gmsa: { name: `${ATTRIBUTE}gmsa`, words: 'credential specs' },
  apparmor: { name: `${ECS}apparmor`, words: 'AppArmor profiles' },
  selinux: { name: `${ECS}selinux`, words: 'SELinux labels' },
  faultInjection: { name: `${ATTRIBUTE}fault-injection`, words: 'fault injection' },
  inference: { name: `${ATTRIBUTE}inference-accelerator`, words: 'inference accelerators' },
  osType: { name: 'ecs.os-type', words: 'the operating system family' },
  cpuArchitecture: { name: 'ecs.cpu-architecture', words: 'the CPU architecture' },
} as const satisfies Record<string, Capability>;

export const loggingDriverCapability = (driver: string): Capability => ({
  name: `${ECS}logging-driver.${driver}`,
  words: `the log driver ${driver}`,
});
export const volumeDriverCapability = (driver: string): Capability => ({
  name: `${ATTRIBUTE}docker-plugin.${driver}`,
  words: `the volume driver ${driver}`,
});

const wordsByName = new Map<string, string>(Object.values(capabilities).map(({ name, words }) => [name, words]));

/** What a capability is for, for the explanation of an `ATTRIBUTE` failure. */
export function capabilityWords(name: string): string {
  const known = wordsByName.get(name);
  if (known !== undefined) return known;
  if (name.startsWith(`${ECS}logging-driver.`)) return `the log driver ${name.slice(`${ECS}logging-driver.`.length)}`;
  if (name.startsWith(`${ATTRIBUTE}docker-plugin.`))
    return `the volume driver ${name.slice(`${ATTRIBUTE}docker-plugin.`.length)}`;
  return name;
}

/** The attributes an instance must have for this definition, and the field that each comes from. Pure, any input of the right shape. */
export function requiredAttributes(definition: TaskDefinitionFields): RequiredAttributes {
  const found = new Map<string, { value?: string; field: string }>();
  const need = (capability: Capability, field: string, value?: string) => {
    if (!found.has(capability.name)) found.set(capability.name, { value, field });
  };
  needsOfTask(definition, need);
  (definition.volumes ?? []).forEach((volume, index) => needsOfVolume(volume, `volumes[${index}]`, need));
  (definition.containerDefinitions ?? []).forEach((container, index) =>
    needsOfContainer(container, definition, `containerDefinitions[${index}]`, need),
  );
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    attributes: sorted.map(([name, { value }]) => (value === undefined ? { name } : { name, value })),
    fields: Object.fromEntries(sorted.map(([name, { field }]) => [name, field])),
  };
}

type Need = (capability: Capability, field: string, value?: string) => void;

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);

function needsOfTask(definition: TaskDefinitionFields, need: Need): void {
  const c = capabilities;
  need(c.dockerApi17, 'containerDefinitions');
  if (definition.networkMode === 'awsvpc') need(c.taskEni, 'networkMode');
  if (isSet(definition.taskRoleArn)) {
    need(definition.networkMode === 'host' ? c.taskRoleHostNetwork : c.taskRole, 'taskRoleArn');
  }
  if (isSet(definition.cpu)) need(c.taskLimits, 'cpu');
  if (isSet(definition.memory)) need(c.taskLimits, 'memory');
  // `host` and `none` are Docker's own; `task` needs a namespace that the task's containers share.
  if (definition.pidMode === 'task') need(c.namespaceSharing, 'pidMode');
  if (definition.ipcMode === 'task') need(c.namespaceSharing, 'ipcMode');
  if (isSet(definition.proxyConfiguration)) need(c.appMesh, 'proxyConfiguration');
  if (isSet(definition.inferenceAccelerators)) need(c.inference, 'inferenceAccelerators');
  if (isSet(definition.enableFaultInjection)) need(c.faultInjection, 'enableFaultInjection');
  const platform = definition.runtimePlatform as { operatingSystemFamily?: string; cpuArchitecture?: string } | undefined;
  const family = platform?.operatingSystemFamily;
  if (isSet(family)) need(c.osType, 'runtimePlatform.operatingSystemFamily', family === 'LINUX' ? 'linux' : 'windows');
  if (isSet(platform?.cpuArchitecture)) {
    need(c.cpuArchitecture, 'runtimePlatform.cpuArchitecture', platform!.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64');
  }
}

function needsOfVolume(volume: Volume, field: string, need: Need): void {
  const c = capabilities;
  if (volume.dockerVolumeConfiguration) {
    need(c.dockerApi21, `${field}.dockerVolumeConfiguration`);
    need(volumeDriverCapability(volume.dockerVolumeConfiguration.driver ?? 'local'), `${field}.dockerVolumeConfiguration.driver`);
  }
  const efs = volume.efsVolumeConfiguration as { authorizationConfig?: unknown; transitEncryption?: string } | undefined;
  if (efs) need(c.efs, `${field}.efsVolumeConfiguration`);
  if (efs && (isSet(efs.authorizationConfig) || efs.transitEncryption === 'ENABLED'))
    need(c.efsAuth, `${field}.efsVolumeConfiguration`);
  if (volume.fsxWindowsFileServerVolumeConfiguration) need(c.fsx, `${field}.fsxWindowsFileServerVolumeConfiguration`);
  if (volume.s3filesVolumeConfiguration) need(c.s3files, `${field}.s3filesVolumeConfiguration`);
  if (volume.configuredAtLaunch) need(c.ebs, `${field}.configuredAtLaunch`);
}

const ECR_IMAGE = /^\d{12}\.dkr[.-]ecr[.-]/;

function needsOfContainer(container: Partial<ContainerDefinition>, task: TaskDefinitionFields, field: string, need: Need): void {
  const c = capabilities;
  const uses = (name: string, capability: Capability) => {
    if (isSet(container[name])) need(capability, `${field}.${name}`);
  };
  uses('privileged', c.privileged);
  uses('dependsOn', c.ordering);
  uses('startTimeout', c.ordering);
  uses('stopTimeout', c.ordering);
  uses('dockerLabels', c.dockerApi18);
  uses('ulimits', c.dockerApi18);
  uses('memoryReservation', c.dockerApi21);
  uses('systemControls', c.dockerApi24);
  uses('environmentFiles', c.envFiles);
  uses('repositoryCredentials', c.registryCredentials);
  uses('credentialSpecs', c.gmsa);
  if (container.restartPolicy?.enabled) need(c.restartPolicy, `${field}.restartPolicy`);
  if (container.healthCheck && container.healthCheck.command?.[0] !== 'NONE') {
    need(c.healthCheck, `${field}.healthCheck`);
    need(c.dockerApi29, `${field}.healthCheck`);
  }
  (container.portMappings ?? []).forEach((mapping, index) => {
    if (isSet(mapping.containerPortRange)) need(c.portRange, `${field}.portMappings[${index}].containerPortRange`);
  });
  needsOfLinuxParameters(container, field, need);
  needsOfLogging(container, task, field, need);
  needsOfSecrets(container.secrets, `${field}.secrets`, c.secretsSsm, c.secretsAsm, need);
  const firelens = container.firelensConfiguration as { type?: string; options?: Record<string, string> } | undefined;
  if (firelens) need(firelens.type === 'fluentd' ? c.firelensFluentd : c.firelensFluentbit, `${field}.firelensConfiguration`);
  const configType = firelens?.options?.['config-file-type'];
  if (configType)
    need(
      configType === 's3' ? c.firelensConfigS3 : c.firelensConfigFile,
      `${field}.firelensConfiguration.options.config-file-type`,
    );
  for (const option of container.dockerSecurityOptions ?? []) {
    if (option.startsWith('apparmor')) need(c.apparmor, `${field}.dockerSecurityOptions`);
    else if (option.startsWith('label')) need(c.selinux, `${field}.dockerSecurityOptions`);
    else if (option.startsWith('credentialspec')) need(c.gmsa, `${field}.dockerSecurityOptions`);
  }
  if (ECR_IMAGE.test(container.image ?? '')) {
    need(c.ecrAuth, `${field}.image`);
    if (isSet(task.executionRoleArn)) need(c.executionRoleEcr, `${field}.image`);
  }
}

function needsOfLinuxParameters(container: Partial<ContainerDefinition>, field: string, need: Need): void {
  const parameters = container.linuxParameters;
  const at = `${field}.linuxParameters`;
  if (!parameters) return;
  const { dockerApi22, dockerApi25 } = capabilities;
  if (parameters.initProcessEnabled) need(dockerApi25, `${at}.initProcessEnabled`);
  if (isSet(parameters.tmpfs)) need(dockerApi22, `${at}.tmpfs`);
  if (isSet(parameters.sharedMemorySize)) need(dockerApi22, `${at}.sharedMemorySize`);
  if (isSet(parameters.maxSwap)) need(dockerApi22, `${at}.maxSwap`);
  if (isSet(parameters.swappiness)) need(dockerApi22, `${at}.swappiness`);
}

function needsOfLogging(container: Partial<ContainerDefinition>, task: TaskDefinitionFields, field: string, need: Need): void {
  const logging = container.logConfiguration as { logDriver: string; secretOptions?: unknown } | undefined;
  if (!logging) return;
  const { dockerApi19, executionRoleLogs, logSecretsSsm, logSecretsAsm } = capabilities;
  const at = `${field}.logConfiguration`;
  need(dockerApi19, `${at}.logDriver`);
  need(loggingDriverCapability(logging.logDriver), `${at}.logDriver`);
  if (logging.logDriver === 'awslogs' && isSet(task.executionRoleArn)) need(executionRoleLogs, `${at}.logDriver`);
  needsOfSecrets(logging.secretOptions, `${at}.secretOptions`, logSecretsSsm, logSecretsAsm, need);
}

function needsOfSecrets(secrets: unknown, field: string, ssm: Capability, asm: Capability, need: Need): void {
  if (!Array.isArray(secrets)) return;
  (secrets as { valueFrom?: string }[]).forEach((secret, index) =>
    need(secret.valueFrom?.includes(':secretsmanager:') ? asm : ssm, `${field}[${index}].valueFrom`),
  );
}
