import { describe, expect, it } from '@jest/globals';
import type { TaskNetworkReply } from '#lib/ecs/model';
import { container, definitionOf, entryOf, SimulatedHost, taskArnOf } from '../../../test/support/simulated-host.js';
import { NetworkWorld } from '../../../test/support/network-world.js';
import { labels } from './domain/container-spec.js';
import { PAUSE } from './domain/pause-spec.js';

const TASKS = 100;
const STARTS = 1_000;
const definition = definitionOf([container({ name: 'web' })], { networkMode: 'awsvpc' });

/** The rules that give addresses, and a host that uses them: an address is given back when the host has said that its task is over, as in the network app. */
class World {
  private readonly network = new NetworkWorld();
  private readonly subnet: string;
  /** By the task that has it; also of those that are over. */
  readonly addressOf = new Map<string, string>();
  private readonly interfaceOf = new Map<string, string>();
  readonly host = new SimulatedHost(7, { latencyMs: { least: 0, most: 200 }, unavailability: 0.02 });
  private readonly desired = new Map<string, 'RUNNING' | 'STOPPED'>();
  private started = 0;

  constructor() {
    const { VpcId } = this.network.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
    // 123 addresses for 100 tasks: most of them have been somebody else's.
    this.subnet = this.network.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/25' }).Subnet.SubnetId;
    this.host.controlPlane.network = (taskArn) => this.give(taskArn);
    this.host.controlPlane.definitions.set(definition.taskDefinitionArn, definition);
  }

  private give(taskArn: string): TaskNetworkReply {
    const asked = { taskArn, subnetIds: [this.subnet], groupIds: [] };
    const { networkInterface: given, vpc } = this.network.ok('AttachTaskInterface', asked);
    this.addressOf.set(taskArn, given.privateIpAddress);
    this.interfaceOf.set(taskArn, given.id);
    const networkInterface = {
      networkInterfaceId: given.id,
      subnetId: given.subnetId,
      macAddress: given.macAddress,
      privateIpv4Address: given.privateIpAddress,
      privateDnsName: 'task.internal',
    };
    return { networkInterface, vpcId: vpc.id, vpcCidrBlock: vpc.cidrBlock };
  }

  /** Ten tasks more, and as many of the oldest to stop as there are too many. */
  async step(): Promise<void> {
    for (let n = 0; n < 10; n++) this.desired.set(taskArnOf(`task-${this.started++}`), 'RUNNING');
    const running = [...this.desired].filter(([, status]) => status === 'RUNNING').map(([taskArn]) => taskArn);
    for (const taskArn of running.slice(0, Math.max(0, running.length - TASKS))) this.desired.set(taskArn, 'STOPPED');
    this.assign();
    for (let ms = 0; ms < 2_000; ms += 200) {
      await this.host.clock.advance(200);
      this.takeBack();
      this.check();
    }
    if (this.started % 100 === 0) await this.host.reboot();
  }

  async stopAll(): Promise<void> {
    for (const taskArn of this.desired.keys()) this.desired.set(taskArn, 'STOPPED');
    this.assign();
    await this.host.clock.advance(60_000);
    this.takeBack();
  }

  private assign(): void {
    this.host.controlPlane.assign(
      [...this.desired].map(([taskArn, desiredStatus]) => entryOf(taskArn, definition, { desiredStatus })),
    );
  }

  private takeBack(): void {
    for (const taskArn of this.desired.keys()) {
      if (this.host.controlPlane.reports.get(taskArn)?.status !== 'STOPPED') continue;
      this.desired.delete(taskArn);
      const id = this.interfaceOf.get(taskArn);
      if (id !== undefined) this.network.ok('DetachTaskInterfaces', { ids: [id] });
    }
  }

  private check(): void {
    const inUse = this.pauses().map((taskArn) => this.addressOf.get(taskArn)!);
    expect(new Set(inUse).size).toBe(inUse.length);
  }

  pauses(): readonly string[] {
    const known = this.host.runtime.known().filter((one) => one.labels[labels.containerName] === PAUSE);
    return known.map((one) => one.labels[labels.taskArn]!);
  }

  get interfaces(): number {
    return this.network.ask('DescribeNetworkInterfaces').NetworkInterfaces.length as number;
  }
}

describe('the addresses of tasks', () => {
  it(`are never in use twice on a host with ${TASKS} tasks over ${STARTS} starts and stops, and all are given back`, async () => {
    const world = new World();
    await world.host.boot();
    for (let started = 0; started < STARTS; started += 10) await world.step();
    expect(world.addressOf.size).toBe(STARTS);
    expect(world.pauses().length).toBeGreaterThanOrEqual(TASKS - 10);
    await world.stopAll();
    expect([world.pauses(), world.interfaces]).toEqual([[], 0]);
  }, 120_000);
});
