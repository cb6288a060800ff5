import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PublicEvent, ReadEventsOutput } from '#lib/kernel';
import { seededRandom, silentLogger } from '#lib/platform';
import { ScalingWorld } from '../../../../test/support/scaling-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { EventRulesLoop } from './event-rules-loop.js';
import type { Source, Told } from './event-sources.js';

const GROUP = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/ecs';

/** Public events of one journal, and a log group. */
class Installation {
  readonly clock = new VirtualClock();
  readonly scaling = new ScalingWorld();
  readonly happened: PublicEvent[] = [];
  /** Details of what the group was told, in order. */
  readonly told: unknown[] = [];
  answer: Told = { done: true };
  reads = 0;
  pageOf = 100;

  constructor() {
    this.scaling.now = this.clock.now();
    this.put({ source: ['aws.ecs'], detail: { lastStatus: ['STOPPED'] } });
    this.scaling.ok('PutTargets', { Rule: 'told', Targets: [{ Id: 'log', Arn: GROUP }] });
  }

  put(pattern: object, Name = 'told'): void {
    this.scaling.ok('PutRule', { Name, EventPattern: JSON.stringify(pattern) });
  }

  async happens(...statuses: string[]): Promise<void> {
    await this.clock.advance(1_000);
    for (const lastStatus of statuses) {
      const detail = { lastStatus, number: this.happened.length };
      const id = `ecs:${this.happened.length + 1}`;
      this.happened.push({ id, source: 'aws.ecs', time: new Date(this.clock.now()).toISOString(), detail } as never);
    }
  }

  private read(source: Source, after: string | undefined): ReadEventsOutput {
    this.reads++;
    const all = source === 'ecs' ? this.happened : [];
    const from = after === undefined ? all.length : Number(after.split(':')[1]);
    const events = all.slice(from, from + this.pageOf);
    const to = from + events.length;
    return { events, cursor: `${source}:${to}`, caughtUp: to === all.length };
  }

  replica(): EventRulesLoop {
    const { clock, scaling } = this;
    return new EventRulesLoop({
      fold: { state: scaling.state, subscribe: () => () => undefined },
      sources: {
        read: (_scope, source, after) => Promise.resolve(this.read(source, after)),
        tell: (_scope, group, events) => {
          if ('done' in this.answer) this.told.push(...events.map(({ detail }) => `${group} ${detail['number'] as number}`));
          return Promise.resolve(this.answer);
        },
      },
      send: ({ name, input }: { name: string; input: unknown }) => {
        scaling.now = Math.max(scaling.now, clock.now());
        const { output } = scaling.command(name, input) as { output: unknown };
        return Promise.resolve({ output, revision: scaling.commits.length } as never);
      },
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
  }
}

describe('the loop of rules with patterns', () => {
  let world: Installation;
  beforeEach(() => {
    world = new Installation();
  });
  const named = (...numbers: number[]) => numbers.map((number) => `/aws/events/ecs ${number}`);

  it('tells a log group of what matches, from then on, each once', async () => {
    await world.happens('STOPPED');
    const loop = world.replica();
    await loop.round();
    expect(world.told).toEqual([]);
    await world.happens('RUNNING', 'STOPPED', 'STOPPED');
    await loop.round();
    await loop.round();
    expect(world.told).toEqual(named(2, 3));
    world.put({ source: ['aws.ecs'], detail: { lastStatus: ['RUNNING'] } });
    await world.happens('RUNNING', 'STOPPED');
    await loop.round();
    expect(world.told).toEqual(named(2, 3, 4));
  });

  it('reads a journal once for all rules that are at the same place', async () => {
    for (const name of ['second', 'third']) {
      world.put({ source: ['aws.ecs'] }, name);
      world.scaling.ok('PutTargets', { Rule: name, Targets: [{ Id: 'log', Arn: GROUP }] });
    }
    const loop = world.replica();
    await loop.round();
    expect(world.reads).toBe(3);
    await world.happens('STOPPED', 'RUNNING');
    await loop.round();
    expect(world.reads).toBe(6);
    // The first is told of what has stopped only.
    expect(named(0, 1).map((one) => world.told.filter((told) => told === one).length)).toEqual([3, 2]);
  });

  it('goes on with another replica where the first has stopped', async () => {
    await world.replica().round();
    await world.happens('STOPPED');
    await world.replica().round();
    await world.happens('STOPPED');
    await world.replica().round();
    expect(world.told).toEqual(named(0, 1));
  });

  it('tells again what could not be told, and goes on behind what a group refuses', async () => {
    const loop = world.replica();
    await loop.round();
    world.answer = { unavailable: 'away' };
    await world.happens('STOPPED');
    await loop.round();
    world.answer = { done: true };
    await loop.round();
    expect(world.told).toEqual(named(0));
    world.answer = { refused: 'ResourceNotFoundException: The specified log group does not exist.' };
    await world.happens('STOPPED');
    await loop.round();
    world.answer = { done: true };
    await world.happens('STOPPED');
    await loop.round();
    expect(world.told).toEqual(named(0, 2));
  });

  it('reads page after page, and records seldom where nothing matches', async () => {
    const loop = world.replica();
    await loop.round();
    const { length } = world.scaling.commits;
    world.pageOf = 2;
    await world.happens(...Array.from({ length: 6 }, () => 'RUNNING'), 'STOPPED');
    await loop.round();
    expect(world.told).toEqual(named(6));
    expect(world.scaling.commits.length).toBe(length + 1);
  });

  it('says nothing for a rule that is disabled, nor later of what was then', async () => {
    const loop = world.replica();
    await loop.round();
    world.scaling.ok('DisableRule', { Name: 'told' });
    await world.happens('STOPPED');
    await loop.round();
    await world.clock.advance(1_000);
    world.scaling.now = world.clock.now();
    world.scaling.ok('EnableRule', { Name: 'told' });
    await loop.round();
    await world.happens('STOPPED');
    await loop.round();
    expect(world.told).toEqual(named(1));
  });
});
