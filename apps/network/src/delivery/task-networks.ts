import type { SendToWriter } from '#lib/app';
import { taskOfAgent } from '#lib/ecs/lookup';
import type { EcsState, NetworkInterface as TaskInterface, Task, TaskNetworkReply } from '#lib/ecs/model';
import type { RecordNetworkInterfaceInput } from '#lib/ecs/tasks';
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
const QUEUE = 'network';
const ZONE_ATTRIBUTE = 'ecs.availability-zone';
const ownCommand = ownCommandOf('network');

const request = z.object({ taskArn: z.string().max(2_048) });

export interface TaskNetworksDeps {
  readonly bus: Bus;
  readonly tasks: EcsState;
  /** Resolves when the fold of tasks is where the journal was at the call; false when it could not. */
  readonly caughtUp: (timeoutMs: number) => Promise<boolean>;
  readonly hosts: Pick<HostAddresses, 'ofBalancers'>;
  /** To the writer of this app's own journal. */
  readonly send: SendToWriter;
  /** To the writer of tasks. */
  readonly tell: SendCommand;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Gives an agent the network interface of one of its tasks, while that task is to run there. It is recorded first, here and with the task, so
 * an address that a host uses is known, and no other is believed. A question that is asked again has the same answer.
 */
export class TaskNetworks {
  private subscription: Subscription | undefined;

  constructor(private readonly deps: TaskNetworksDeps) {}

  start(): void {
    this.subscription = this.deps.bus.subscribe(subjects.allTaskNetworks(), (message) => this.take(message), { queue: QUEUE });
  }

  async stop(): Promise<void> {
    await this.subscription?.drain();
  }

  private take(message: BusRequest): void {
    const answered = async () => {
      const { taskArn } = request.parse(fromJson(message.payload));
      const agent = agentOfSubject(message.subject);
      const task = await this.taskOf(agent, taskArn);
      // No answer means: not known to be this instance's task, or not recorded. It asks again.
      const reply = task && (await this.answer(task, agent.instanceId));
      if (reply) message.respond?.(toJson(reply));
    };
    answered().catch((error: unknown) =>
      this.deps.logger.warn({ err: error, subject: message.subject }, 'an agent could not be given the network of a task'),
    );
  }

  private async taskOf(agent: AgentName, taskArn: string): Promise<Task | undefined> {
    const { tasks, caughtUp } = this.deps;
    const find = () => taskOfAgent(tasks, agent, taskArn);
    return find() ?? ((await caughtUp(CAUGHT_UP_TIMEOUT_MS)) ? find() : undefined);
  }

  private async answer(task: Task, instanceId: string): Promise<TaskNetworkReply | undefined> {
    const { awsvpcConfiguration: wanted } = task.networkConfiguration ?? {};
    if (!wanted) return { failure: 'the task has no network configuration' };
    const { send, clock, random } = this.deps;
    const { taskArn, accountId, region } = task;
    const input: AttachTaskInterfaceInput = {
      taskArn,
      subnetIds: wanted.subnets,
      groupIds: wanted.securityGroups,
      availabilityZone: task.attributes.find(({ name }) => name === ZONE_ATTRIBUTE)?.value,
      instanceId,
      hosts: this.deps.hosts.ofBalancers({ accountId, region }),
    };
    const command = ownCommand(random, 'AttachTaskInterface', input, { accountId, region });
    const reply = await send({ name: 'AttachTaskInterface', ...command }, clock.monotonicMs() + SEND_FOR_MS);
    if ('unavailable' in reply) return undefined;
    if ('rejection' in reply) return { failure: `${reply.rejection.message} (${reply.rejection.code})` };
    const { networkInterface, vpc } = reply.output as AttachTaskInterfaceReply;
    const told = taskInterfaceOf(networkInterface);
    if (!(await this.record({ taskArn, networkInterface: told }))) return undefined;
    return { networkInterface: told, vpcId: vpc.id, vpcCidrBlock: vpc.cidrBlock };
  }

  private async record(input: RecordNetworkInterfaceInput): Promise<boolean> {
    const { tell, clock, random } = this.deps;
    const command = ownCommand(random, 'RecordNetworkInterface', input);
    const reply = await tell('RecordNetworkInterface', command, clock.monotonicMs() + SEND_FOR_MS);
    return 'output' in reply;
  }
}

const taskInterfaceOf = (one: NetworkInterface): TaskInterface => ({
  networkInterfaceId: one.id,
  subnetId: one.subnetId,
  macAddress: one.macAddress,
  privateIpv4Address: one.privateIpAddress,
  privateDnsName: privateDnsNameOf(one),
});
