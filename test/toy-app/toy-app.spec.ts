import { describe, expect, it } from '@jest/globals';
import type { Actor } from '#lib/names';
import { OwnerWorld } from '../simulation/owner-world.js';
import { toy } from './domain.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };

describe.each([1, 2, 4, 5])('a journal-owning app in a world where everything goes wrong (seed %d)', (seed) => {
  it('counts every acknowledged command once, and its replicas end equal, whether they began from a snapshot or from nothing', async () => {
    const world = new OwnerWorld(seed, toy, 'toy' as Actor);
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
    const events = world.commits.flatMap(({ transactions }) => transactions.flatMap((transaction) => transaction.events));
    const values = [...world.folds.values()].map(({ state }) => [...state.counters.values()].map(({ value }) => value));
    expect(values).toEqual([[events.length], [events.length]]);
    expect(counted).toBeGreaterThan(50);
    expect(events.length).toBeGreaterThanOrEqual(counted);
    expect(events.length).toBeLessThanOrEqual(asked);
    expect(world.starts).toBeGreaterThan(2);
    expect(world.restored).toBeGreaterThan(0);
  });
});
