import { describe, expect, it } from '@jest/globals';
import { OwnerWorld } from '../../../test/simulation/owner-world.js';
import { secrets } from './domain/domain.js';
import type { SecretsState } from './domain/state.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };

/** Parameters that are written, and one in four deleted again, while everything goes wrong. */
async function lifeOf(world: OwnerWorld<SecretsState>) {
  const client = world.client('client');
  const acknowledged: Record<'PutParameter' | 'DeleteParameter', string[]> = { PutParameter: [], DeleteParameter: [] };
  let asked = 0;
  const call = async (operation: keyof typeof acknowledged, name: string, input: object) => {
    const id = `${++asked}`;
    const reply = await client(operation, { id, requestId: id, operation, ...SCOPE, input: { Name: name, ...input } }, 20_000);
    if ('output' in reply) acknowledged[operation].push(name);
  };
  const write = async () => {
    while (!world.chaos.calmed) {
      const name = `p${asked}`;
      await call('PutParameter', name, { Type: 'String', tier: 'Standard', value: { keyId: name, text: 'sealed' } });
      if (asked % 4 === 0) await call('DeleteParameter', name, {});
      await world.time.sleep(500);
    }
  };
  void write();
  await world.run(180_000);
  world.chaos.calm();
  await world.run(60_000);
  return acknowledged;
}

describe.each([1, 2, 4])('the owner of secrets in a world where everything goes wrong (seed %d)', (seed) => {
  it('has what it acknowledged, knows every key of what was deleted, and its replicas end equal', async () => {
    const world = new OwnerWorld(seed, secrets, 'secrets');
    const { PutParameter: put, DeleteParameter: deleted } = await lifeOf(world);
    const states = [...world.folds.values()].map(({ state }) => state);
    const namesOf = ({ parameters }: SecretsState) => new Set(Array.from(parameters.values(), ({ name }) => name));
    expect(put.length).toBeGreaterThan(50);
    expect(deleted.length).toBeGreaterThan(5);
    for (const state of states) {
      const names = namesOf(state);
      expect(deleted.filter((name) => names.has(name) || !state.retiredKeys.has(name))).toEqual([]);
      expect(put.filter((name) => !names.has(name) && !state.retiredKeys.has(name))).toEqual([]);
    }
    expect(namesOf(states[0]!)).toEqual(namesOf(states[1]!));
    expect(world.starts).toBeGreaterThan(2);
  });
});
