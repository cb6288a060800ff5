import { describe, expect, it } from '@jest/globals';
import { forwardTo, ProxyWorld } from '../../../../test/support/proxy-world.js';
import { ProxyModels } from './model-of.js';
import { freeSlot, type Runtime, type Slot } from './runtime.js';
import { applied } from './commands.js';
import { parseServersState, parseStat, slotsOf } from './reports.js';
import { healthOf, targetViews } from './target-view.js';

function backend(change: { enabled?: boolean } = {}) {
  const world = new ProxyWorld();
  const group = world.targetGroup(
    'g',
    { attributes: { 'longshore.health_check.interval_ms': '1000' } },
    { unhealthyThresholdCount: 3, ...change },
  );
  world.listener(world.loadBalancer('web', '127.1.0.1'), 80, forwardTo(group));
  world.target(group, 80);
  return [...new ProxyModels().modelOf({ state: world.state }).backends.values()][0]!;
}
const slot = (change: Partial<Slot>): Slot => ({ ...freeSlot('s1'), state: 'in', address: '127.0.0.1:80', ...change });

describe('the health of a target', () => {
  it.each<readonly [string, Slot | undefined, string, string | undefined]>([
    ['that HAProxy has not yet', undefined, 'initial', 'Elb.RegistrationInProgress'],
    ['before its first check', slot({ enteredAtMs: 0 }), 'initial', 'Elb.InitialHealthChecking'],
    ['that has failed once', slot({ enteredAtMs: 0, checkStatus: 'L4CON' }), 'initial', 'Elb.InitialHealthChecking'],
    [
      'that was new and failed all along',
      slot({ enteredAtMs: -3_000, checkStatus: 'L4CON' }),
      'unhealthy',
      'Target.FailedHealthChecks',
    ],
    ['that is up', slot({ isUp: true, checkStatus: 'L7OK' }), 'healthy', undefined],
    ['that does not answer', slot({ checkStatus: 'L7TOUT' }), 'unhealthy', 'Target.Timeout'],
    [
      'that answers with another code',
      slot({ checkStatus: 'L7STS', checkCode: '500' }),
      'unhealthy',
      'Target.ResponseCodeMismatch',
    ],
    ['that is on its way up', slot({ checkStatus: 'L7OK', health: 1 }), 'unhealthy', 'Target.FailedHealthChecks'],
  ])('%s', (_what, seen, state, reason) => {
    expect(healthOf(backend(), seen, 100)).toMatchObject(reason === undefined ? { state } : { state, reason });
  });

  it('names the code that was not wanted', () => {
    expect(healthOf(backend(), slot({ checkStatus: 'L7STS', checkCode: '503' }), 0).description).toBe(
      'Health checks failed with these codes: [503]',
    );
  });

  it('is good where nothing is checked', () => {
    expect(healthOf(backend({ enabled: false }), slot({}), 0)).toEqual({ state: 'healthy' });
  });
});

describe('a target that drains', () => {
  const world = new ProxyWorld();
  const group = world.targetGroup('g');
  world.listener(world.loadBalancer('web', '127.1.0.1'), 80, forwardTo(group));
  world.target(group, 80, { drainDeadlineAt: '2026-11-28T10:00:00.000Z' });
  const model = new ProxyModels().modelOf({ state: world.state });
  const [name] = [...model.backends.keys()] as [string];
  const runtimeOf = (read: Slot): Runtime => ({
    frontends: new Map(),
    sections: new Map(),
    maps: new Map(),
    slots: new Map([[name, [read]]]),
  });
  const isIdle = (runtime: Runtime, isIdleElsewhere = true) =>
    [...targetViews(model, runtime, 0, { isIdle: () => isIdleElsewhere })][0]!.isIdle;
  const read = (runtime: Runtime, sessions: number, nowMs: number) => {
    const states = parseServersState(
      `1\n# be_name srv_name srv_addr srv_op_state srv_admin_state srv_port srv_check_health\n${name} s1 127.0.0.1 2 8 80 6\n`,
    );
    const stats = parseStat(`# pxname,svname,scur\n${name},s1,${sessions}\n`);
    for (const [backend, list] of slotsOf(states, stats, runtime.slots, () => true, nowMs)) runtime.slots.set(backend, list);
  };
  const drained = () => {
    const runtime = runtimeOf(slot({ isUp: true }));
    applied(runtime, { kind: 'drain', backend: name, slot: 's1' }, 0);
    return runtime;
  };

  it('is not idle by what was read before it was drained: it may have been sent something since', () => {
    expect(isIdle(runtimeOf(slot({ isUp: true })))).toBe(false);
    expect(isIdle(drained())).toBe(false);
  });

  it('is idle when it was read so for a while, without anything in between, here and in processes that were replaced', () => {
    const runtime = drained();
    read(runtime, 0, 1_000);
    expect(isIdle(runtime)).toBe(false);
    read(runtime, 0, 1_010);
    expect(isIdle(runtime)).toBe(false);
    read(runtime, 1, 1_020);
    read(runtime, 0, 1_030);
    read(runtime, 0, 1_110);
    expect(isIdle(runtime)).toBe(false);
    read(runtime, 0, 1_130);
    expect(isIdle(runtime)).toBe(true);
    expect(isIdle(runtime, false)).toBe(false);
    applied(runtime, { kind: 'resume', backend: name, slot: 's1' }, 0);
    expect(isIdle(runtime)).toBe(false);
  });

  it('is idle where it has no slot', () => {
    expect(isIdle(runtimeOf(freeSlot('s1')))).toBe(true);
  });
});
