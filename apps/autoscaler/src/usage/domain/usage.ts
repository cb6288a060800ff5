import type { EcsState, Service, Task, TaskUse } from '#lib/ecs/model';
import { lastSegment } from '#lib/kernel';
import { BYTES_A_MIB, reservedBy } from '../../metrics/domain/task-samples.js';

/** What is absent is not known: of a task that has just begun, or one on its host's network. */
export interface TaskUsage {
  readonly taskArn: string;
  readonly clusterName: string;
  readonly group: string;
  readonly taskDefinition: string;
  readonly lastStatus: string;
  readonly healthStatus: string;
  readonly startedAt?: string | undefined;
  /** 1,024 are one processor. */
  readonly cpuUnits?: number | undefined;
  /** Of what it reserves, as CPUUtilization and MemoryUtilization count. */
  readonly cpuPercent?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly memoryPercent?: number | undefined;
  readonly networkRxBytesPerSecond?: number | undefined;
  readonly networkTxBytesPerSecond?: number | undefined;
}

export interface ServiceUsage {
  readonly serviceArn: string;
  readonly clusterName: string;
  readonly serviceName: string;
  /** None of a DAEMON service, which has a task on each instance. */
  readonly desiredCount?: number | undefined;
  readonly runningCount: number;
  readonly pendingCount: number;
  /** The average of its tasks' of which it is known. */
  readonly cpuPercent?: number | undefined;
  readonly memoryPercent?: number | undefined;
  /** All of its tasks' together. */
  readonly networkRxBytesPerSecond?: number | undefined;
  readonly networkTxBytesPerSecond?: number | undefined;
  /** Of one behind load balancers, as these saw them. */
  readonly requestsPerSecond?: number | undefined;
  readonly responseTimeMs?: number | undefined;
}

export interface Traffic {
  readonly requestsPerSecond: number;
  readonly responseTimeMs?: number | undefined;
}

export function usageOfTask(state: EcsState, task: Task, use: TaskUse | undefined): TaskUsage {
  const definition = state.taskDefinitions.get(task.taskDefinitionArn);
  const reserved = definition && reservedBy(task, definition);
  const percent = (used: number | undefined, of: number | undefined) =>
    used === undefined || !of ? undefined : (used / of) * 100;
  return {
    taskArn: task.taskArn,
    clusterName: lastSegment(task.clusterArn),
    group: task.group,
    taskDefinition: lastSegment(task.taskDefinitionArn),
    lastStatus: task.lastStatus,
    healthStatus: task.healthStatus,
    startedAt: task.startedAt,
    cpuUnits: use?.cpuUnits,
    cpuPercent: percent(use?.cpuUnits, reserved?.cpuUnits),
    memoryBytes: use?.memoryBytes,
    memoryPercent: percent(use && use.memoryBytes / BYTES_A_MIB, reserved?.memoryMiB),
    networkRxBytesPerSecond: use?.networkRxBytesPerSecond,
    networkTxBytesPerSecond: use?.networkTxBytesPerSecond,
  };
}

export function usageOfService(service: Service, tasks: readonly TaskUsage[], traffic: Traffic | undefined): ServiceUsage {
  const all = (of: (task: TaskUsage) => number | undefined) => tasks.map(of).filter((value) => value !== undefined);
  const sum = (values: readonly number[]) => (values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0));
  const average = (values: readonly number[]) => (values.length === 0 ? undefined : sum(values)! / values.length);
  return {
    serviceArn: service.serviceArn,
    clusterName: lastSegment(service.clusterArn),
    serviceName: service.serviceName,
    desiredCount: service.schedulingStrategy === 'DAEMON' ? undefined : service.desiredCount,
    runningCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingCount: tasks.filter(({ lastStatus }) => BEFORE_RUNNING.includes(lastStatus)).length,
    cpuPercent: average(all(({ cpuPercent }) => cpuPercent)),
    memoryPercent: average(all(({ memoryPercent }) => memoryPercent)),
    networkRxBytesPerSecond: sum(all((task) => task.networkRxBytesPerSecond)),
    networkTxBytesPerSecond: sum(all((task) => task.networkTxBytesPerSecond)),
    ...traffic,
  };
}

const BEFORE_RUNNING: readonly string[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
