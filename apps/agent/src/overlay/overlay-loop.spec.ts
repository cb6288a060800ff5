import { describe, expect, it } from '@jest/globals';
import type { VpcOverlay } from '#lib/ecs/model';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { vpcNetwork } from '../domain/vpc-network.js';
import { deviceOf, type OverlayCommands, type OverlayState } from './domain/overlay-commands.js';
import { OverlayLoop } from './overlay-loop.js';

const NOTHING: OverlayState = { tunnels: [], forwarded: [], neighbours: [], routes: [] };
const overlay = (vpcId: string, fields: Partial<VpcOverlay> = {}): VpcOverlay => ({
  vpcId,
  vpcCidrBlock: '10.0.0.0/16',
  overlayId: 7,
  neighbours: [{ macAddress: '02:42:0a:00:00:05', privateIpv4Address: '10.0.0.5', hostAddress: '198.18.0.2' }],
  ...fields,
});
const bridgeOf = (vpcId: string) => vpcNetwork(overlay(vpcId)).bridge;

/** A host whose kernel does as it is told, as far as the loop sees it. */
class Host {
  readonly clock = new VirtualClock(0);
  readonly carriedOut: { bridge: string; commands: OverlayCommands }[] = [];
  readonly states = new Map<string, OverlayState>();
  readonly refused = new Set<string>();
  readonly prepared: string[] = [];
  readonly loop = new OverlayLoop({
    owner: 'longshore-1',
    kernel: {
      devices: async () => [...this.states].flatMap(([bridge, { device }]) => (device ? [deviceOf(bridge)] : [])),
      seen: async (bridge) => this.states.get(bridge) ?? NOTHING,
      carryOut: async (commands, bridge) => {
        this.carriedOut.push({ bridge, commands });
        const known = this.states.get(bridge) ?? NOTHING;
        const [first] = overlay('x').neighbours;
        const isRemoved = commands.addresses.some((line) => line.startsWith('link del'));
        const there = {
          device: { overlayId: 7, master: bridge, isUp: true, isQuiet: true },
          tunnels: [`${first!.macAddress} ${first!.hostAddress}`],
          forwarded: [first!.macAddress],
          neighbours: [`${first!.privateIpv4Address} ${first!.macAddress}`],
        };
        this.states.set(bridge, isRemoved ? { ...NOTHING, bridge: known.bridge } : { ...known, ...there });
      },
    },
    networks: {
      prepare: async (network) => {
        this.prepared.push(network.name);
        if (this.refused.has(network.bridge)) return 'its range is taken';
        this.states.set(network.bridge, { ...NOTHING, bridge: { mac: '02:42:00:00:00:01', own: [] } });
        return undefined;
      },
    },
    clock: this.clock,
    logger: silentLogger,
  });
}

describe('the ways from a host to the tasks of others', () => {
  it('are made once, with the network where the host has none of the VPC yet', async () => {
    const host = new Host();
    host.loop.want([overlay('vpc-1')]);
    await host.clock.advance(60_000);
    expect(host.prepared).toEqual(['longshore-vpc-1']);
    expect(host.carriedOut).toHaveLength(1);
  });

  it('are put back when somebody took them away', async () => {
    const host = new Host();
    host.loop.want([overlay('vpc-1')]);
    await host.clock.advance(100);
    host.states.set(bridgeOf('vpc-1'), { ...NOTHING, bridge: { mac: '02:42:00:00:00:01', own: [] } });
    await host.clock.advance(10_000);
    expect(host.carriedOut).toHaveLength(2);
    expect(host.states.get(bridgeOf('vpc-1'))?.device).toBeDefined();
  });

  it('go when the host has nothing of the VPC any more', async () => {
    const host = new Host();
    host.loop.want([overlay('vpc-1'), overlay('vpc-2')]);
    await host.clock.advance(100);
    host.loop.want([overlay('vpc-2')]);
    await host.clock.advance(100);
    expect(host.states.get(bridgeOf('vpc-1'))?.device).toBeUndefined();
    expect(host.states.get(bridgeOf('vpc-2'))?.device).toBeDefined();
  });

  it('of one VPC that the host cannot have keep no other from being there, and are tried again', async () => {
    const host = new Host();
    host.refused.add(bridgeOf('vpc-1'));
    host.loop.want([overlay('vpc-1'), overlay('vpc-2')]);
    await host.clock.advance(100);
    expect(host.loop.problem).toBe('its range is taken');
    expect(host.states.get(bridgeOf('vpc-2'))?.device).toBeDefined();
    host.refused.clear();
    await host.clock.advance(1_100);
    expect(host.loop.problem).toBeUndefined();
    expect(host.states.get(bridgeOf('vpc-1'))?.device).toBeDefined();
  });
});
