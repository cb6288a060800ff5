import { beforeEach, describe, expect, it } from '@jest/globals';
import { accessOf, NO_ACCESS } from '#lib/ecs/authorization';
import { sealSession } from '#lib/platform';
import { ACCOUNT, createWorld, MASTER_KEY, PRINCIPAL, resolveKnownKey } from '../test/world.js';

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});
const asked = () => world.bus.of('longshore', 'ResolveAccessKey').length;
const key = { secret: 'secret', accountId: ACCOUNT, principalArn: PRINCIPAL, access: accessOf({}) };

describe('a known key', () => {
  it('is asked for once in ten seconds, however many requests come', async () => {
    expect(await Promise.all([1, 2, 3].map(() => world.keys.resolve('AKIDEXAMPLE')))).toEqual([key, key, key]);
    expect(asked()).toBe(1);
    await world.clock.sleep(9_999);
    await world.keys.resolve('AKIDEXAMPLE');
    expect(asked()).toBe(1);
    await world.clock.sleep(1);
    await world.keys.resolve('AKIDEXAMPLE');
    expect(asked()).toBe(2);
  });

  it('goes on working for five minutes while the state store is away, and asks once a second', async () => {
    await world.keys.resolve('AKIDEXAMPLE');
    world.bus.on('longshore', 'ResolveAccessKey', () => 'no-responders');
    await world.clock.sleep(299_000);
    expect(await world.keys.resolve('AKIDEXAMPLE')).toEqual(key);
    expect(await world.keys.resolve('AKIDEXAMPLE')).toEqual(key);
    expect(asked()).toBe(2);
    await world.clock.sleep(1_001);
    expect(await world.keys.resolve('AKIDEXAMPLE')).toBe('unavailable');
    world.bus.on('longshore', 'ResolveAccessKey', resolveKnownKey);
    expect(await world.keys.resolve('AKIDEXAMPLE')).toEqual(key);
  });

  it('stops working when it was deleted or deactivated', async () => {
    await world.keys.resolve('AKIDEXAMPLE');
    world.bus.on('longshore', 'ResolveAccessKey', (request) => {
      const reply = resolveKnownKey(request) as { output: object };
      return { output: { ...reply.output, status: 'Inactive' } };
    });
    await world.clock.sleep(10_000);
    expect(await world.keys.resolve('AKIDEXAMPLE')).toBeUndefined();
  });

  it('is not usable when it was sealed with another master key', async () => {
    world.bus.on('longshore', 'ResolveAccessKey', (request) => {
      const reply = resolveKnownKey(request) as { output: object };
      return { output: { ...reply.output, sealedSecret: Buffer.alloc(40).toString('base64') } };
    });
    expect(await world.keys.resolve('AKIDEXAMPLE')).toBe('unavailable');
  });
});

describe('an unknown key', () => {
  it('is asked for again after a second', async () => {
    expect(await world.keys.resolve('AKIDNEW')).toBeUndefined();
    expect(await world.keys.resolve('AKIDNEW')).toBeUndefined();
    expect(asked()).toBe(1);
    await world.clock.sleep(1_000);
    await world.keys.resolve('AKIDNEW');
    expect(asked()).toBe(2);
  });

  it.each(['no-responders', 'timeout'] as const)('cannot be told from a known one by %s', async (answer) => {
    world.bus.on('longshore', 'ResolveAccessKey', () => answer);
    expect(await world.keys.resolve('AKIDEXAMPLE')).toBe('unavailable');
  });
});

describe("a key of a task's role", () => {
  const expiresAt = '2026-11-22T12:13:00.000Z';
  const session = { accountId: ACCOUNT, roleName: 'app', sessionName: 'task', secretAccessKey: 'its own', expiresAt };
  const token = sealSession(MASTER_KEY, 'ASIAEXAMPLE', session);
  const resolved = {
    secret: 'its own',
    accountId: ACCOUNT,
    principalArn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/task`,
    expiresAtMs: Date.parse(expiresAt),
  };

  it('may do what the role may do now, and nothing while nobody has said what', async () => {
    world.bus.on('longshore', 'ResolveTaskRole', () => ({ output: {} }));
    expect(await world.keys.resolve('ASIAEXAMPLE', token)).toEqual({ ...resolved, access: NO_ACCESS });
    world.bus.on('longshore', 'ResolveTaskRole', () => ({ output: { rights: { role: 'read' } } }));
    await world.clock.sleep(1_000);
    expect(await world.keys.resolve('ASIAEXAMPLE', token)).toEqual({ ...resolved, access: accessOf({ role: 'read' }) });
    expect(asked()).toBe(0);
  });

  it('is none without its own token', async () => {
    for (const other of [
      '',
      sealSession(new Uint8Array(32), 'ASIAEXAMPLE', session),
      sealSession(MASTER_KEY, 'ASIAOTHER', session),
    ])
      expect(await world.keys.resolve('ASIAEXAMPLE', other)).toBeUndefined();
    expect(await world.keys.resolve('ASIAEXAMPLE')).toBeUndefined();
  });

  it('cannot be checked while nobody knows what the role may do', async () => {
    expect(await world.keys.resolve('ASIAEXAMPLE', token)).toBe('unavailable');
  });
});
