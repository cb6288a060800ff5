import type { StopCode, Task, TaskStatus } from '../model/task.js';
import type { EcsEvents } from '../model/events.js';

/** The order of a task's life (ECS task lifecycle). `lastStatus` only rises. */
const ORDER: Readonly<Record<TaskStatus, number>> = {
  PROVISIONING: 0,
  PENDING: 1,
  ACTIVATING: 2,
  RUNNING: 3,
  DEACTIVATING: 4,
  STOPPING: 5,
  DEPROVISIONING: 6,
  STOPPED: 7,
};

export const isAfter = (a: TaskStatus, b: TaskStatus): boolean => ORDER[a] > ORDER[b];

/** Whoever may ask a task to stop begins its drain. */
const TO_DRAIN: readonly (readonly [from: TaskStatus, to: TaskStatus])[] = [
  ['ACTIVATING', 'DEACTIVATING'],
  ['RUNNING', 'DEACTIVATING'],
];

/** An instance that is deregistered by force: nobody is left to report. */
const ABANDONED = [
  ['PROVISIONING', 'STOPPED'],
  ['PENDING', 'STOPPED'],
  ['ACTIVATING', 'STOPPED'],
  ['RUNNING', 'STOPPED'],
  ['DEACTIVATING', 'STOPPED'],
  ['STOPPING', 'STOPPED'],
  ['DEPROVISIONING', 'STOPPED'],
] as const;

/**
 * Who may write what: actor × from × to (after swarmkit's task model). The actor is the token of the command's subject, which
 * NATS lets only the app itself publish. `new` is the step from nothing to a placed task.
 */
const MAY: Readonly<Record<string, readonly (readonly [from: TaskStatus | 'new', to: TaskStatus])[]>> = {
  scheduler: [['new', 'PROVISIONING'], ['new', 'PENDING'], ...TO_DRAIN],
  'state-store': [
    ...TO_DRAIN,
    // The deadline: a load balancer that does not answer holds nothing up.
    ['DEACTIVATING', 'STOPPING'],
    ...ABANDONED,
  ],
  // Of a host of an Auto Scaling group that is there no more.
  autoscaler: ABANDONED,
  // It has its network interface.
  network: [['PROVISIONING', 'PENDING']],
  // Registered everywhere; drained everywhere.
  'load-balancer': [
    ['ACTIVATING', 'RUNNING'],
    ['DEACTIVATING', 'STOPPING'],
  ],
  // The agent's observations, checked and gathered.
  'health-monitor': [
    // A host says what it likes; without an interface nothing is sent there.
    ['PROVISIONING', 'ACTIVATING'],
    ['PROVISIONING', 'RUNNING'],
    ['PROVISIONING', 'STOPPING'],
    ['PROVISIONING', 'STOPPED'],
    ['PENDING', 'ACTIVATING'],
    ['PENDING', 'RUNNING'],
    ['PENDING', 'STOPPING'],
    ['PENDING', 'STOPPED'],
    ['ACTIVATING', 'STOPPING'],
    ['ACTIVATING', 'STOPPED'],
    ['RUNNING', 'STOPPING'],
    ['RUNNING', 'STOPPED'],
    // Its containers end by themselves while it drains.
    ['DEACTIVATING', 'STOPPING'],
    ['DEACTIVATING', 'STOPPED'],
    ['STOPPING', 'STOPPED'],
    // Its containers have ended, its interface is taken away.
    ['STOPPING', 'DEPROVISIONING'],
    ['DEPROVISIONING', 'STOPPED'],
  ],
};

/** Which reasons to stop an actor may give. The health monitor passes on what an agent knows. */
const MAY_STOP: Readonly<Record<string, readonly StopCode[]>> = {
  // TaskFailedToStart: no capacity came for it.
  'state-store': ['UserInitiated', 'ServiceSchedulerInitiated', 'TaskFailedToStart'],
  autoscaler: ['UserInitiated'],
  scheduler: ['ServiceSchedulerInitiated'],
  'health-monitor': ['TaskFailedToStart', 'EssentialContainerExited', 'ServiceSchedulerInitiated', 'InfrastructureHealth'],
};

export const mayMove = (actor: string, from: TaskStatus | 'new', to: TaskStatus): boolean =>
  MAY[actor]?.some(([f, t]) => f === from && t === to) ?? false;

export const mayStop = (actor: string, stopCode: StopCode): boolean => MAY_STOP[actor]?.includes(stopCode) ?? false;

/** A transition that the table does not allow: a bug in a rule, found before the append. */
export function assertMayMove(actor: string, change: EcsEvents['TaskStatusChanged'], task: Task | undefined): void {
  const from = task?.lastStatus ?? change.from;
  if (from !== change.from) throw new Error(`${change.taskArn} is ${from}, not ${change.from}`);
  if (!mayMove(actor, change.from, change.to))
    throw new Error(`${actor} may not move a task from ${change.from} to ${change.to}`);
}
