import { describe, expect, it } from '@jest/globals';
import type { PacketFilter, PacketFilterReply } from '#lib/ecs/model';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { type KnownFilter, PacketFilterLoop } from './packet-filter-loop.js';

const filterOf = (...addresses: readonly string[]): PacketFilter => ({
  interfaces: addresses.map((privateIpv4Address, n) => ({
    networkInterfaceId: `eni-of-${privateIpv4Address}`,
    macAddress: `02:42:00:00:00:0${n}`,
    privateIpv4Address,
    groupIds: ['sg-1'],
  })),
  groups: [],
  members: [],
});
const known = (...addresses: readonly string[]): KnownFilter => ({ digest: addresses.join(), filter: filterOf(...addresses) });

/** A host: its kernel's tables, its disk, and a control plane that answers when there is something new. */
class Host {
  readonly clock = new VirtualClock(0);
  readonly applied: string[] = [];
  kernel: string | undefined;
  broken: string | undefined;
  disk: KnownFilter | undefined;
  wanted: KnownFilter | undefined;
  tellsOfChanges = true;
  private changed: () => void = () => undefined;

  start(): PacketFilterLoop {
    const loop = new PacketFilterLoop({
      table: 't',
      tables: {
        replace: async (ruleset) => {
          if (this.broken) throw new Error(this.broken);
          this.applied.push(ruleset);
          this.kernel = ruleset;
        },
        fingerprint: async () => this.kernel,
        watch: (changed) => {
          this.changed = changed;
          return () => undefined;
        },
      },
      memory: { loadPacketFilter: async () => this.disk, savePacketFilter: async (saved) => void (this.disk = saved) },
      showBridgedPackets: async () => undefined,
      clock: this.clock,
      logger: silentLogger,
    });
    void loop.start({ packetFilter: (digest) => this.answer(digest) });
    return loop;
  }

  flush(): void {
    this.kernel = undefined;
    if (this.tellsOfChanges) this.changed();
  }

  private async answer(digest: string | undefined): Promise<PacketFilterReply | undefined> {
    for (let held = 0; held < 50; held++) {
      if (this.wanted && this.wanted.digest !== digest) return this.wanted;
      await this.clock.sleep(100);
    }
    return digest === undefined ? undefined : { digest };
  }
}

describe('the packet filter of a host', () => {
  it('is as the control plane says, within the time that an answer takes', async () => {
    const host = new Host();
    host.start();
    await host.clock.advance(500);
    expect(host.applied).toEqual([]);
    host.wanted = known('172.31.0.5');
    await host.clock.advance(200);
    host.wanted = known('172.31.0.5', '172.31.0.6');
    await host.clock.advance(200);
    expect(host.applied).toHaveLength(2);
    expect(host.kernel).toContain('172.31.0.6 : goto');
    await host.clock.advance(60_000);
    expect(host.applied).toHaveLength(2);
  });

  it.each([
    ['at once when it is told', true, 100],
    ['soon when nobody tells', false, 10_000],
  ])('is put back when somebody flushed it: %s', async (_when, tells, withinMs) => {
    const host = new Host();
    host.wanted = known('172.31.0.5');
    host.tellsOfChanges = tells;
    const loop = host.start();
    await host.clock.advance(1_000);
    host.flush();
    await host.clock.advance(withinMs);
    expect(host.kernel).toContain('172.31.0.5');
    expect(loop.counts).toMatchObject({ applied: 2, repaired: 1 });
  });

  it('is left alone by an agent that starts and knows nothing yet, and made from its disk where the kernel forgot it', async () => {
    const host = new Host();
    host.kernel = 'of the agent before';
    host.start();
    await host.clock.advance(10_000);
    expect(host.kernel).toBe('of the agent before');
    const rebooted = new Host();
    rebooted.disk = known('172.31.0.5');
    rebooted.start();
    await rebooted.clock.advance(10);
    expect(rebooted.kernel).toContain('172.31.0.5');
  });

  it('lets a task begin when its interface is covered, and says why not when that does not come', async () => {
    const host = new Host();
    host.wanted = known('172.31.0.5');
    const loop = host.start();
    let answer: unknown = 'waiting';
    const ask = (address: string) => void loop.covers(`eni-of-${address}`).then((said) => (answer = said));
    ask('172.31.0.6');
    await host.clock.advance(2_000);
    expect(answer).toBe('waiting');
    host.wanted = known('172.31.0.5', '172.31.0.6');
    await host.clock.advance(200);
    expect(answer).toBeUndefined();
    host.broken = 'nft: Operation not permitted';
    host.wanted = known('172.31.0.7');
    ask('172.31.0.7');
    await host.clock.advance(20_000);
    expect(answer).toBe('its security groups are not in force on this host: nft: Operation not permitted');
    expect(loop.problem).toBe(host.broken);
    host.broken = undefined;
    await host.clock.advance(1_000);
    expect(loop.problem).toBeUndefined();
    expect(host.kernel).toContain('172.31.0.7');
  });
});
