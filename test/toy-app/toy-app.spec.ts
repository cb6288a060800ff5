import { describe, expect, it } from '@jest/globals';
import type { Actor } from '#lib/names';
import { OwnerWorld } from '../simulation/owner-world.js';
import { toy, type ToyState } from './domain.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };

async function lifeOf(world: OwnerWorld<ToyState>): Promise<{ asked: number; counted: number }> {
  const client = world.client('client');
  let [asked, counted] = [0, 0];
  const count = async () => {
    while (!world.chaos.calmed) {
      const id = `${++asked}`;
      const request = { id, requestId: id, operation: 'Count', ...SCOPE, input: { name: 'a', by: 1 } };
      const reply = await client('Count', request, 20_000);
      if ('output' in reply) counted++;
      await world.time.sleep(500);
    }
  };
  void count();
  await world.run(180_000);
  world.chaos.calm();
  await world.run(60_000);
  return { asked, counted };
}

const valuesIn = (world: OwnerWorld<ToyState>) =>
  [...world.folds.values()].map(({ state }) => [...state.counters.values()].map(({ value }) => value));
const eventsOf = ({ commits }: OwnerWorld<ToyState>) =>
  commits.flatMap(({ transactions }) => transactions.flatMap((transaction) => transaction.events));

describe.each([1, 2, 4, 5])('a journal-owning app in a world where everything goes wrong (seed %d)', (seed) => {
  it('counts every acknowledged command once, and its replicas end equal, whether they began from a snapshot or from nothing', async () => {
    const world = new OwnerWorld(seed, toy, 'toy' as Actor);
    const { asked, counted } = await lifeOf(world);
    const events = eventsOf(world);
    expect(valuesIn(world)).toEqual([[events.length], [events.length]]);
    expect(counted).toBeGreaterThan(50);
    expect(events.length).toBeGreaterThanOrEqual(counted);
    expect(events.length).toBeLessThanOrEqual(asked);
    expect(world.starts).toBeGreaterThan(2);
    expect(world.restored).toBeGreaterThan(0);
  });

  it('does the same with its journal in an event store, of which followers see every commit once and in order', async () => {
    const world = new OwnerWorld(seed, toy, 'toy' as Actor, { relayed: true });
    const { asked, counted } = await lifeOf(world);
    const events = eventsOf(world);
    expect(world.relayed).toBe(world.commits.length);
    expect(valuesIn(world)).toEqual([[events.length], [events.length], [events.length]]);
    expect(counted).toBeGreaterThan(50);
    expect(events.length).toBeLessThanOrEqual(asked);
    expect(world.starts).toBeGreaterThan(3);
  });
});
