import { refusals } from '../model/refusals.js';
import { cpuUnits, memoryMiB, type RegisterTaskDefinitionInput } from './task-definition-input.js';

/**
 * Fargate's sizes [dg task-cpu-memory-error]: CPU units → smallest and largest memory and the step between, GiB.
 */
const SIZES: Readonly<Record<number, readonly [from: number, to: number, step: number]>> = {
  512: [1, 4, 1],
  1024: [2, 8, 1],
  2048: [4, 16, 1],
  4096: [8, 30, 1],
  8192: [16, 60, 4],
  16384: [32, 120, 8],
};

function isFargateSize(cpu: number, memory: number): boolean {
  if (cpu === 256) return [512, 1024, 2048].includes(memory);
  const [from, to, step] = SIZES[cpu] ?? [1, 0, 1];
  const gibibytes = memory / 1024;
  return gibibytes >= from && gibibytes <= to && (gibibytes - from) % step === 0;
}

/** Whether ECS would list FARGATE among the compatibilities of the (valid) definition. */
export function fitsFargate({ networkMode, cpu, memory, pidMode, containerDefinitions }: RegisterTaskDefinitionInput): boolean {
  if (networkMode !== 'awsvpc' || cpu === undefined || memory === undefined || pidMode === 'host') return false;
  const hostOnly = containerDefinitions.some((container) => container.privileged || (container.links?.length ?? 0) > 0);
  return !hostOnly && isFargateSize(cpuUnits(cpu), memoryMiB(memory));
}

/** What is asked of a definition that requires FARGATE. */
export function checkFargate(input: RegisterTaskDefinitionInput): void {
  const { client } = refusals;
  if (input.networkMode !== 'awsvpc') throw client("Fargate only supports network mode 'awsvpc'.");
  if (input.cpu === undefined) throw client("Fargate requires that 'cpu' be defined at the task level.");
  if (input.memory === undefined) throw client("Fargate requires that 'memory' be defined at the task level.");
  if (input.pidMode === 'host') {
    throw client("Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.");
  }
  const [cpu, memory] = [cpuUnits(input.cpu), memoryMiB(input.memory)];
  if (!isFargateSize(cpu, memory)) {
    throw client(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
  if (input.volumes?.some((volume) => volume.host?.sourcePath)) {
    throw client('Fargate compatible task definitions do not support sourcePath');
  }
}
