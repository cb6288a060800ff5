import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { vpcNetwork } from '../domain/vpc-network.js';
import { TaskLinkLoop } from './task-link-loop.js';
import type { TaskLink } from './task-links.js';

const networkOf = (vpcId: string) => vpcNetwork({ vpcId, vpcCidrBlock: '10.0.0.0/16' });

/** A host whose kernel does as it is told. */
class Host {
  readonly clock = new VirtualClock(0);
  links: readonly TaskLink[] = [];
  problem: string | undefined;
  readonly prepared: string[] = [];
  readonly loop = new TaskLinkLoop({
    links: {
      all: async () => this.links,
      join: async (joined) => {
        const names = new Set(joined.map(({ link }) => link));
        this.links = this.links.map((one) => (names.has(one.link) ? { ...one, isJoined: true } : one));
      },
    },
    networks: {
      prepare: async ({ name }) => {
        this.prepared.push(name);
        return this.problem;
      },
    },
    clock: this.clock,
    logger: silentLogger,
  });
}

describe('tasks that are off the network of their VPC', () => {
  const network = networkOf('vpc-1');
  const apart = (link: string, of = network): TaskLink => ({ link, network: of, isJoined: false });

  it('are put on it again within ten seconds, and it is made once for all of them', async () => {
    const host = new Host();
    host.links = [{ ...apart('a'), isJoined: true }];
    host.loop.start();
    await host.clock.advance(5_000);
    expect(host.prepared).toEqual([]);
    host.links = [apart('a'), apart('b'), apart('c', networkOf('vpc-2'))];
    await host.clock.advance(10_000);
    expect(host.links.map(({ isJoined }) => isJoined)).toEqual([true, true, true]);
    expect(host.prepared).toEqual(['longshore-vpc-1', 'longshore-vpc-2']);
    host.loop.stop();
  });

  it('wait for a network that the host cannot have, and are put on it as soon as it can', async () => {
    const host = new Host();
    host.links = [apart('a')];
    host.problem = 'its range is taken';
    host.loop.start();
    await host.clock.advance(25_000);
    expect(host.links[0]!.isJoined).toBe(false);
    host.problem = undefined;
    await host.clock.advance(10_000);
    expect(host.links[0]!.isJoined).toBe(true);
    host.loop.stop();
  });
});
