import { DueLoop, type SendToWriter } from '#lib/app';
import { taskOfAgent } from '#lib/ecs/lookup';
import {
  type EcsState,
  type NetworkInterface as TaskInterface,
  NO_INSTANCE,
  type Task,
  type TaskNetworkReply,
} from '#lib/ecs/model';
import type { RecordNetworkInterfaceInput } from '#lib/ecs/tasks';
import type { Commit, Fold } from '#lib/journal';
import { type Bus, type BusRequest, fromJson, ownCommandOf, type SendCommand, type Subscription, toJson } from '#lib/messaging';
import { agentOfSubject, type AgentName, subjects } from '#lib/names';
import type { Clock, Logger, Random } from '#lib/platform';
import { z } from 'zod';
import type { HostAddresses } from './host-addresses.js';
import type { NetworkInterface } from '../domain/model.js';
import { type AttachTaskInterfaceInput, type AttachTaskInterfaceReply, privateDnsNameOf } from '../domain/network-interfaces.js';

/** How long an answer waits for this replica's fold to be current. */
const CAUGHT_UP_TIMEOUT_MS = 2_000;
const SEND_FOR_MS = 3_000;
const SLOW_PASS_MS = 30_000;
const MOST_AT_ONCE = 100;
const QUEUE = 'network';
const ZONE_ATTRIBUTE = 'ecs.availability-zone';
const ownCommand = ownCommandOf('network');

const request = z.object({ taskArn: z.string().max(2_048) });

export interface TaskNetworksDeps {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly ecs: Pick<Fold<EcsState>, 'state' | 'subscribe'>;
  /** Resolves when the fold of tasks is where the journal was at the call; false when it could not. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  readonly hosts: Pick<HostAddresses, 'in' | 'ofBalancers'>;
  readonly isWriter: () => boolean;
  /** To the writer of this app's own journal. */
  readonly send: SendToWriter;
  /** To the writer of tasks. */
  readonly tell: SendCommand;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Gives each task in `awsvpc` mode its network interface as soon as it has a place, records it with the task, and answers the task's agent. It is in
 * this app's journal first, so an address that a host uses is known, and is nobody else's; that it is with the task, too, no start waits for: what
 * looks for it there (load balancers, DNS) finds none before. A question that is asked again has the same answer.
 */
export class TaskNetworks {
  private readonly loop: DueLoop;
  private subscription: Subscription | undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly deps: TaskNetworksDeps) {
    const { ecs, isWriter, clock, logger } = deps;
    this.loop = new DueLoop({
      isWriter,
      all: function* () {
        for (const task of ecs.state.tasks.values()) if (waitsForInterface(task)) yield task.taskArn;
      },
      round: (taskArns) => this.round(taskArns),
      slowPassMs: SLOW_PASS_MS,
      mostAtOnce: MOST_AT_ONCE,
      failure: 'tasks were not given their network interfaces',
      clock,
      logger,
    });
  }

  start(): void {
    const { bus, ecs } = this.deps;
    this.unsubscribe = ecs.subscribe((commit) => this.loop.look(this.placedIn(commit)));
    this.loop.start();
    this.subscription = bus.subscribe(subjects.allTaskNetworks(), (message) => this.take(message), { queue: QUEUE });
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    await this.subscription?.drain();
    await this.loop.stop();
  }

  private *placedIn({ transactions }: Commit): Iterable<string> {
    for (const { events } of transactions) {
      for (const { type, data } of events) {
        const { taskArn } = data as { taskArn: string };
        if (type === 'TaskPlaced' && this.waiting(taskArn)) yield taskArn;
      }
    }
  }

  private waiting(taskArn: string): Task | undefined {
    const task = this.deps.ecs.state.tasks.get(taskArn);
    return task && waitsForInterface(task) ? task : undefined;
  }

  private async round(taskArns: readonly string[]): Promise<readonly string[]> {
    const done = await Promise.all(taskArns.map((taskArn) => this.give(taskArn)));
    return taskArns.filter((_taskArn, n) => !done[n]);
  }

  /** False: it is to be tried again. A task that can have none is over soon: its agent asks, and hears why. */
  private async give(taskArn: string): Promise<boolean> {
    const task = this.waiting(taskArn);
    if (!task) return true;
    const given = await this.attach(task);
    return (
      given !== undefined && 'networkInterface' in given && this.record({ taskArn, networkInterface: given.networkInterface })
    );
  }

  private take(message: BusRequest): void {
    const answered = async () => {
      const { taskArn } = request.parse(fromJson(message.payload));
      const task = await this.taskOf(agentOfSubject(message.subject), taskArn);
      // No answer means: not known to be this instance's task, or not in the journal. It asks again.
      const reply = task && (await this.attach(task));
      if (reply) message.respond?.(toJson(reply));
    };
    answered().catch((error: unknown) =>
      this.deps.logger.warn({ err: error, subject: message.subject }, 'an agent could not be given the network of a task'),
    );
  }

  private async taskOf(agent: AgentName, taskArn: string): Promise<Task | undefined> {
    const { ecs, caughtUp } = this.deps;
    const find = () => taskOfAgent(ecs.state, agent, taskArn);
    return find() ?? ((await caughtUp(CAUGHT_UP_TIMEOUT_MS)) ? find() : undefined);
  }

  private async attach(task: Task): Promise<TaskNetworkReply | undefined> {
    const { awsvpcConfiguration: wanted } = task.networkConfiguration ?? {};
    if (!wanted) return { failure: 'the task has no network configuration' };
    const { ecs, send, hosts, clock, random } = this.deps;
    const { taskArn, accountId, region } = task;
    const instanceId = ecs.state.containerInstances.get(task.containerInstanceArn)?.instanceId;
    const own = instanceId && hosts.in({ accountId, region }).underlayOf(instanceId);
    const input: AttachTaskInterfaceInput = {
      taskArn,
      subnetIds: wanted.subnets,
      groupIds: wanted.securityGroups,
      availabilityZone: task.attributes.find(({ name }) => name === ZONE_ATTRIBUTE)?.value,
      instanceId,
      ...(own === undefined ? {} : { hostAddress: own }),
      hosts: hosts.ofBalancers(),
    };
    const command = ownCommand(random, 'AttachTaskInterface', input, { accountId, region });
    const reply = await send({ name: 'AttachTaskInterface', ...command }, clock.monotonicMs() + SEND_FOR_MS);
    if ('unavailable' in reply) return undefined;
    if ('rejection' in reply) return { failure: `${reply.rejection.message} (${reply.rejection.code})` };
    const { networkInterface, vpc, subnetCidrBlock } = reply.output as AttachTaskInterfaceReply;
    return { networkInterface: taskInterfaceOf(networkInterface), vpcId: vpc.id, vpcCidrBlock: vpc.cidrBlock, subnetCidrBlock };
  }

  private async record(input: RecordNetworkInterfaceInput): Promise<boolean> {
    const { tell, clock, random } = this.deps;
    const command = ownCommand(random, 'RecordNetworkInterface', input);
    const reply = await tell('RecordNetworkInterface', command, clock.monotonicMs() + SEND_FOR_MS);
    return 'output' in reply;
  }
}

/** It is to run, on a host that is known, and has none. */
const waitsForInterface = ({ networkConfiguration, networkInterface, desiredStatus, containerInstanceArn }: Task): boolean =>
  networkConfiguration !== undefined &&
  networkInterface === undefined &&
  desiredStatus === 'RUNNING' &&
  containerInstanceArn !== NO_INSTANCE;

const taskInterfaceOf = (one: NetworkInterface): TaskInterface => ({
  networkInterfaceId: one.id,
  subnetId: one.subnetId,
  macAddress: one.macAddress,
  privateIpv4Address: one.privateIpAddress,
  privateDnsName: privateDnsNameOf(one),
});
