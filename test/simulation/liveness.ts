import { registrationOfHost } from '#lib/ecs/lookup';
import type { ContainerInstance } from '#lib/ecs/model';
import { ENGINE_LIMITS_MS } from '../../apps/agent/src/bounded-runtime.js';
import { labels } from '../../apps/agent/src/domain/container-spec.js';
import { ACCOUNT, REGION } from './surroundings.js';
import { Violation } from './auditor.js';
import { unsettledService } from './services.js';
import type { World } from './world.js';
import type { Workload } from './workload.js';

/** After the longest call of an engine that was asked before the calm and never answers. */
const SLOWEST_CALL_MS = Math.max(...Object.values(ENGINE_LIMITS_MS));
/** A pull of 40 s, a stop grace of 30 s and a stray's 30 s may follow one another. */
/** A deployment that moves traffic may wait for a minute at a hook, at a step and while it bakes. */
const SHIFTS_WITHIN_MS = 180_000;
const SETTLES_WITHIN_MS = SLOWEST_CALL_MS + 240_000 + SHIFTS_WITHIN_MS;
const CLEANS_UP_WITHIN_MS = SLOWEST_CALL_MS + 90_000;
const LOOK_EVERY_MS = 1_000;
/** Until an agent's pauses are at their longest. */
const REFUSED_FOR_MS = 45_000;
/** Until an agent that is asked for few heartbeats has been heard. */
const JUDGES_FOR_MS = 30_000;
/** A pull, a start and a report of them. */
const HEARD_WITHIN_MS = 5_000;

/** The first thing that is not as it has to be when nothing goes wrong any more; undefined when all is well. */
export function unsettled(world: World, workload: Workload): string | undefined {
  if (!workload.isIdle) return 'a request is still under way';
  return unsettledReplica(world) ?? unsettledService(world) ?? unsettledTask(world) ?? unsettledHost(world);
}

function unsettledReplica({ replicas, auditor }: World): string | undefined {
  for (const { name, app, isRetired } of replicas) {
    if (isRetired) continue;
    if (!app) return `${name} is down`;
    if (app.fold && app.fold.revision !== auditor.revision)
      return `${name} is at revision ${app.fold.revision} of ${auditor.revision}`;
  }
  const writers = replicas.filter(({ app }) => app?.isWriter?.());
  return writers.length === 1 ? undefined : `${writers.length} replicas write`;
}

function unsettledTask({ auditor }: World): string | undefined {
  for (const task of auditor.state.tasks.values()) {
    if (task.lastStatus === 'STOPPED' && task.stoppedReason && task.stopCode) continue;
    if (task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING') continue;
    return `${task.taskArn} is ${task.lastStatus} and has to be ${task.desiredStatus}`;
  }
  return undefined;
}

function unsettledHost({ hosts, replicas, auditor }: World): string | undefined {
  for (const { name, app, host } of replicas) {
    const status = app?.agent?.status();
    if (!status || !host) continue;
    if (!status.ready || status.unacknowledgedReports > 0) return `${name}: ${JSON.stringify(status)}`;
    const instance = registrationOfHost(auditor.state, { accountId: ACCOUNT, region: REGION }, host.instanceId);
    if (!instance?.agentConnected) return `${name} is not connected`;
  }
  const ran = new Map<string, Set<string>>();
  for (const host of hosts) {
    for (const snapshot of host.runtime.running()) {
      const arn = snapshot.labels[labels.taskArn]!;
      const task = auditor.state.tasks.get(arn);
      if (task?.lastStatus !== 'RUNNING' || !task.containerInstanceArn.endsWith(host.instanceId))
        return `a container of ${arn} (${task?.lastStatus ?? 'unknown'}) runs on ${host.name}`;
      const name = snapshot.labels[labels.containerName]!;
      const told = task.containers.find((container) => container.name === name)!.networkBindings;
      if (portsOf(told) !== portsOf(snapshot.networkBindings)) return `${name} of ${arn} has other ports than were reported`;
      ran.set(arn, (ran.get(arn) ?? new Set()).add(name));
    }
  }
  for (const task of auditor.state.tasks.values()) {
    const missing = task.containers.find((c) => c.essential && !ran.get(task.taskArn)?.has(c.name));
    if (task.lastStatus === 'RUNNING' && missing) return `${missing.name} of the RUNNING ${task.taskArn} does not run`;
  }
  return undefined;
}

const portsOf = (bindings: readonly { readonly hostPort: number }[]) =>
  bindings
    .map(({ hostPort }) => hostPort)
    .sort((a, b) => a - b)
    .join();

/** No container was ever started again: none of the clients' task definitions has a restart policy. */
export function checkNothingRanTwice({ hosts }: World): void {
  for (const { name, runtime } of hosts) {
    const seen = new Set<string>();
    for (const container of runtime.starts) {
      if (seen.has(container)) throw new Violation('nothing runs twice', `${container} was started twice on ${name}`);
      seen.add(container);
    }
  }
}

/** Runs until all is well, for as long as that may take. */
export async function settle(world: World, workload: Workload): Promise<void> {
  let why: string | undefined;
  for (let ms = 0; ms < SETTLES_WITHIN_MS; ms += LOOK_EVERY_MS) {
    await world.run(LOOK_EVERY_MS);
    why = unsettled(world, workload);
    if (why === undefined || world.violation) return;
  }
  world.violated(new Violation('healed, the world settles', why!));
}

/** Every replica has the same state. */
export function checkAgreement({ auditor, replicas }: World): void {
  for (const { name, app } of replicas) if (app?.fold) auditor.compare(`${name}, at the end`, app.fold.state);
}

/** In a calm world replicas that have heard nobody yet have to judge everybody, one after the other. */
export async function judgeAnew(world: World): Promise<void> {
  world.auditor.everyHostLives = true;
  for (const replica of world.replicas.filter(({ role }) => role === 'health-monitor')) {
    world.restart(replica);
    await world.run(JUDGES_FOR_MS);
  }
}

/** Once all is over and the agents' patience is, neither engine nor disk remembers a task. */
async function cleanUp(world: World): Promise<void> {
  const left = async () => {
    for (const { name, runtime, disk } of world.hosts) {
      const containers = runtime.known();
      const records = await disk.loadTasks();
      if (containers.length > 0 || records.length > 0)
        return `${name} keeps ${containers.length} containers and ${records.length} records, first ${records[0]?.taskArn ?? containers[0]?.labels[labels.taskArn]}`;
    }
    return undefined;
  };
  let why: string | undefined;
  for (let ms = 0; ms < CLEANS_UP_WITHIN_MS && (why = await left()) !== undefined; ms += LOOK_EVERY_MS)
    await world.run(LOOK_EVERY_MS);
  if (why !== undefined) world.violated(new Violation('what is over is cleaned up', why));
}

/** In a calm world one report is refused, again and again: what else its host has to say is heard as soon as ever. */
export async function hearOthersOfARefusedHost(world: World, workload: Workload): Promise<void> {
  const { containerInstances, tasks } = world.auditor.state;
  const task = [...tasks.values()].find(({ clusterArn, lastStatus, containerInstanceArn }) => {
    const instance = containerInstances.get(containerInstanceArn);
    return (
      clusterArn.endsWith('/default') && lastStatus === 'RUNNING' && instance?.status === 'ACTIVE' && hasRoomForSmall(instance)
    );
  });
  if (!task) return;
  const stopRefusing = world.refuseReportsOf(task);
  void workload.stopTask(task);
  // Its end is told in vain, with longer and longer pauses.
  await world.run(REFUSED_FOR_MS);
  const { ec2InstanceId } = containerInstances.get(task.containerInstanceArn)!;
  const placementConstraints = [{ type: 'memberOf', expression: `ec2InstanceId == ${ec2InstanceId}` }];
  let placed: readonly string[] = [];
  void workload.run({ taskDefinition: 'small', count: 1, placementConstraints }).then((arns) => (placed = arns));
  await world.run(15_000, () => placed.length > 0);
  const isRunning = () => placed.every((arn) => tasks.get(arn)?.lastStatus === 'RUNNING');
  await world.run(HEARD_WITHIN_MS, isRunning);
  if (!isRunning()) world.violated(new Violation('a refused report holds up no other', `${placed[0]} beside ${task.taskArn}`));
  stopRefusing();
  await settle(world, workload);
}

const hasRoomForSmall = ({ registered, reserved }: ContainerInstance) =>
  registered.cpu - reserved.cpu >= 128 && registered.memoryMiB - reserved.memoryMiB >= 128;

/** With every fault gone a small task finds a place and runs; then everything is stopped, and nothing may be held any more. */
export async function finalWishes(world: World, workload: Workload): Promise<void> {
  const { auditor } = world;
  // Asked before: what ends meanwhile makes room, and nobody else takes any.
  const hasRoom = [...auditor.state.containerInstances.values()].some(
    (instance) => instance.clusterArn.endsWith('/default') && instance.status === 'ACTIVE' && hasRoomForSmall(instance),
  );
  let placed: readonly string[] = [];
  void workload.run({ taskDefinition: 'small', count: 1 }).then((arns) => (placed = arns));
  await world.run(15_000, () => placed.length > 0);
  if (placed.length === 0 && hasRoom) world.violated(new Violation('what is placeable runs', 'a small task was not placed'));
  await settle(world, workload);
  // Whoever is to drain may be gone for ever: everything ends all the same.
  if (world.chaos.random.next() < 0.5) world.loseLoadBalancer();
  // A service would replace what is stopped.
  void workload.deleteServices();
  await settle(world, workload);
  for (const task of auditor.state.tasks.values()) if (task.desiredStatus === 'RUNNING') void workload.stopTask(task);
  await world.run(15_000);
  await settle(world, workload);
  if (world.violation) return;
  for (const { containerInstanceArn, reserved } of auditor.state.containerInstances.values())
    if (reserved.cpu || reserved.memoryMiB || reserved.portsTcp.length > 0)
      world.violated(new Violation('a stopped world holds nothing', `${containerInstanceArn}: ${JSON.stringify(reserved)}`));
  const running = [...auditor.state.tasks.values()].find(({ lastStatus }) => lastStatus !== 'STOPPED');
  if (running) world.violated(new Violation('tasks asked to stop are STOPPED', running.taskArn));
  await cleanUp(world);
}
