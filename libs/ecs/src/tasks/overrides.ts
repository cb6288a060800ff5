import { requiredAttributes } from '../placement/capabilities.js';
import type { ContainerOverride, TaskOverride } from '../model/task.js';
import type { TaskDefinition } from '../model/task-definition.js';
import { refusals } from '../model/refusals.js';
import { gpuCount, parseCpu, parseMemoryMiB } from '../placement/capacity.js';

/** ECS's limit on the JSON of all overrides. An assignment carries them, so it is also what keeps an entry small. */
const MAX_LENGTH = 8_192;
/** Docker ≥ 20.10 refuses less. */
const MIN_MEMORY_MIB = 6;

/** The overrides of RunTask and StartTask, checked against the task definition they change. */
export function checkOverrides(definition: TaskDefinition, given: TaskOverride | undefined): TaskOverride {
  const overrides = given ?? {};
  if (JSON.stringify(overrides).length > MAX_LENGTH) {
    throw refusals.invalidParameter(`Container Overrides length must be at most ${MAX_LENGTH}`);
  }
  const names = new Set(definition.containerDefinitions.map(({ name }) => name));
  const seen = new Set<string>();
  for (const override of overrides.containerOverrides ?? []) {
    const { name } = override;
    if (!name) throw refusals.invalidParameter('Container override name cannot be empty.');
    if (!names.has(name)) {
      throw refusals.invalidParameter(`Override for container named ${name} is not a container in the TaskDefinition.`);
    }
    if (seen.has(name)) throw refusals.invalidParameter(`There is more than one override for the container named ${name}.`);
    seen.add(name);
    checkSizes(definition, override);
    checkEntries(override);
  }
  checkTaskSize('cpu', overrides.cpu);
  checkTaskSize('memory', overrides.memory);
  for (const field of ['ephemeralStorage', 'inferenceAcceleratorOverrides'] as const) {
    const value = overrides[field];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (field === 'ephemeralStorage' && definition.compatibilities.includes('FARGATE')) continue;
    throw refusals.invalidParameter(`Overriding ${field} is not supported with the launch type EC2.`);
  }
  return overrides.containerOverrides
    ? { ...overrides, containerOverrides: overrides.containerOverrides.map(withValues) }
    : overrides;
}

/** As in a definition, a variable without a value is none. */
const withValues = (override: ContainerOverride): ContainerOverride =>
  override.environment ? { ...override, environment: override.environment.filter(({ value }) => value !== undefined) } : override;

function checkSizes(definition: TaskDefinition, { name, ...override }: ContainerOverride): void {
  const container = definition.containerDefinitions.find((candidate) => candidate.name === name)!;
  if (override.cpu !== undefined && override.cpu < 0) {
    throw refusals.invalidParameter(`Invalid 'cpu' setting for container '${name}': it cannot be negative.`);
  }
  for (const field of ['memory', 'memoryReservation'] as const) {
    const value = override[field];
    if (value !== undefined && value < MIN_MEMORY_MIB) {
      throw refusals.invalidParameter(
        `Invalid '${field}' setting for container '${name}': it must be at least ${MIN_MEMORY_MIB} MiB.`,
      );
    }
  }
  const hard = override.memory ?? container.memory;
  const soft = override.memoryReservation ?? container.memoryReservation;
  if (hard !== undefined && soft !== undefined && hard < soft) {
    throw refusals.invalidParameter(
      `Invalid setting for container '${name}': 'memory' (${hard}) must not be less than 'memoryReservation' (${soft}).`,
    );
  }
}

function checkEntries({ name, environment = [], resourceRequirements = [] }: ContainerOverride): void {
  if (environment.some((variable) => !variable.name?.trim())) {
    throw refusals.invalidParameter('Environment variable name cannot be null or blank.');
  }
  for (const { type, value } of resourceRequirements) {
    if (type === 'GPU' && gpuCount(value) === undefined) {
      throw refusals.invalidParameter(`Invalid GPU value '${value}' for container '${name}': it must be a whole number above 0.`);
    }
  }
}

function checkTaskSize(field: 'cpu' | 'memory', text: string | undefined): void {
  if (text === undefined) return;
  const [amount, written] = field === 'cpu' ? [parseCpu(text), 'CPU units, "1 vCPU"'] : [parseMemoryMiB(text), 'MiB, "2 GB"'];
  if (amount === undefined || !Number.isInteger(amount) || amount <= 0) {
    throw refusals.invalidParameter(
      `Invalid '${field}' override for the task: "${text}". Use, for example, a number of ${written}.`,
    );
  }
}

/**
 * The definition as it would have been registered with the overrides in it, for what it needs of an instance: an override can
 * bring in a role or an environment file that the instance has no support for.
 */
export function withOverrides(definition: TaskDefinition, overrides: TaskOverride): TaskDefinition {
  const byName = new Map((overrides.containerOverrides ?? []).map((override) => [override.name, override]));
  const brings = (override: ContainerOverride) => override.environmentFiles?.length || override.memoryReservation;
  const { taskRoleArn, executionRoleArn, cpu, memory } = overrides;
  if (!taskRoleArn && !executionRoleArn && !cpu && !memory && ![...byName.values()].some(brings)) return definition;
  const changed: TaskDefinition = {
    ...definition,
    ...(taskRoleArn ? { taskRoleArn } : {}),
    ...(executionRoleArn ? { executionRoleArn } : {}),
    ...(cpu ? { cpu } : {}),
    ...(memory ? { memory } : {}),
    containerDefinitions: definition.containerDefinitions.map((container) => {
      const { environmentFiles, memoryReservation } = byName.get(container.name) ?? {};
      return {
        ...container,
        ...(environmentFiles?.length ? { environmentFiles } : {}),
        ...(memoryReservation ? { memoryReservation } : {}),
      };
    }),
  };
  const names = new Set(definition.requiresAttributes.map(({ name }) => name));
  const more = requiredAttributes(changed).attributes.filter(({ name }) => !names.has(name));
  return { ...changed, requiresAttributes: [...definition.requiresAttributes, ...more] };
}
