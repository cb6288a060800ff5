import { jest } from '@jest/globals';
import { silentLogger } from '#lib/platform';
import { SecretsWorld } from '../../../../test/support/secrets-world.js';
import { Shredder } from './shredder.js';

const MINUTE_MS = 60_000;

describe('keys of deleted values', () => {
  let world: SecretsWorld;
  let now: number;
  let shredder: Shredder;
  const commands: string[] = [];

  beforeEach(() => {
    [world, now] = [new SecretsWorld(), 0];
    commands.length = 0;
    shredder = new Shredder({
      state: world.state,
      keys: world.keys,
      send: ({ name, input }) => {
        commands.push(name);
        return Promise.resolve({ output: world.given(name, input as object), revision: 1 });
      },
      clock: { monotonicMs: () => now } as never,
      random: { hex: () => 'id' } as never,
      logger: silentLogger,
    });
  });

  it('are destroyed, and it is said once', async () => {
    await world.ok('PutParameter', { Name: 'kept', Type: 'String', Value: 'x' });
    await world.ok('CreateSecret', { Name: 'db', SecretString: 'x' });
    await world.ok('DeleteSecret', { SecretId: 'db', ForceDeleteWithoutRecovery: true });
    for (let i = 0; i < 2; i++) await shredder.round();
    expect([commands, world.state.retiredKeys.size]).toEqual([['RecordDestroyedKeys'], 0]);
    expect(await world.keys.list()).toHaveLength(1);
    expect(await world.ok('GetParameter', { Name: 'kept' })).toMatchObject({ Parameter: { Value: 'x' } });
  });

  it('that could not be destroyed are still known, and destroyed later', async () => {
    await world.ok('CreateSecret', { Name: 'db', SecretString: 'x' });
    await world.ok('DeleteSecret', { SecretId: 'db', ForceDeleteWithoutRecovery: true });
    const broken = jest.spyOn(world.keys, 'destroy').mockRejectedValueOnce(new Error('EIO'));
    await shredder.round();
    expect(world.state.retiredKeys.size).toBe(1);
    broken.mockRestore();
    await shredder.round();
    expect([world.state.retiredKeys.size, await world.keys.list()]).toEqual([0, []]);
  });

  it('of a command that may be under way are left alone, and those of one that never came to anything go', async () => {
    const { keyId } = await world.keys.make();
    for (; now < 5 * MINUTE_MS; now += MINUTE_MS) await shredder.round();
    expect(await world.keys.list()).toEqual([keyId]);
    await shredder.round();
    expect(await world.keys.list()).toEqual([]);
  });

  it('that the state comes to know late are never taken for left-overs', async () => {
    await world.keys.make();
    await shredder.round();
    now += 4 * MINUTE_MS;
    const [keyId] = (await world.keys.list()) as [string];
    world.given('PutParameter', { Name: 'p', Type: 'String', tier: 'Standard', value: { keyId, text: 't' } });
    for (let i = 0; i < 10; i++, now += MINUTE_MS) await shredder.round();
    expect(await world.keys.list()).toEqual([keyId]);
  });
});
