import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BalancedPlanes, PORT, QUICK } from '../../../../test/support/balanced-planes.js';
import { ask, TestLoad, until } from '../../../../test/support/haproxy.js';
import { AT, forwardTo } from '../../../../test/support/proxy-world.js';
import type { Target } from '../domain/model.js';
import { idleTargets } from '../targets-loop/drain.js';

// Real processes on a machine that does other things, too: each test takes a second or two where nothing else runs.
jest.setTimeout(30_000);

const planes = new BalancedPlanes('127.1.79');
afterEach(() => planes.stop());

describe('targets', () => {
  it('change five hundred times without a reload', async () => {
    const { world, group, get } = planes.balanced();
    const targets = [await planes.target(), await planes.target(), await planes.target()];
    const haproxy = await planes.plane(world);
    let last: Target | undefined;
    for (let change = 0; change < 500; change++) {
      if (last) world.deregister(last);
      const { port } = targets[change % targets.length]!;
      last = world.target(group, port, { registeredAt: new Date(change).toISOString() });
      haproxy.update();
      // Every fiftieth is waited for, so that HAProxy has it and not only a model of it.
      if (change % 50 === 49) await haproxy.healthy(port);
    }
    expect((await get('/')).headers['x-target']).toBe(String(last!.port));
    expect(haproxy.starts).toEqual(['began']);
  });

  it('get their first request when they have passed one check, whatever a recovery takes', async () => {
    const { world, group, get } = planes.balanced({}, { healthyThresholdCount: 10 });
    const fresh = await planes.target();
    fresh.isHealthy = false;
    world.target(group, fresh.port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    await until(() => fresh.failedChecks > 0);
    expect((await get('/')).status).toBe(503);
    fresh.isHealthy = true;
    await until(async () => (await get('/')).status === 200);
    expect(fresh.passedChecks).toBeLessThan(5);
  });

  it('need not wait for an interval of 30 seconds to be checked for the first time', async () => {
    const { world, group, get } = planes.balanced();
    world.state.targetGroups.put(group.arn, { ...group, attributes: {} });
    const [bad, good] = [await planes.target(), await planes.target()];
    bad.isHealthy = false;
    world.target(group, bad.port);
    world.target(group, good.port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(good.port);
    expect((await get('/')).headers['x-target']).toBe(String(good.port));
    expect(haproxy.healthOf(bad.port)).toBe('initial');
    bad.isHealthy = true;
    await haproxy.healthy(bad.port);
  });

  it('with a short interval are checked as often from the start on, whatever others have', async () => {
    const { world, loadBalancer, host } = planes.balanced({ 'longshore.health_check.interval_ms': '30000' });
    const quick = world.targetGroup('quick', { attributes: QUICK });
    world.listener(loadBalancer, PORT + 1, forwardTo(quick));
    const [known, fresh] = [await planes.target(), await planes.target()];
    world.target(quick, known.port, { health: { state: 'healthy', since: AT } });
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(known.port);
    known.isHealthy = false;
    world.target(quick, fresh.port);
    haproxy.update();
    await haproxy.healthy(fresh.port);
    await until(() => haproxy.healthOf(known.port) === 'unhealthy');
    const answer = await ask({ host, port: PORT + 1, path: '/', agent: false });
    expect(answer.headers['x-target']).toBe(String(fresh.port));
  }, 10_000);

  it('that fail are out after as many checks as the threshold says, with ELB’s reason, and back after a recovery', async () => {
    const { world, group, get } = planes.balanced({}, { unhealthyThresholdCount: 3, healthyThresholdCount: 2 });
    const [good, bad] = [await planes.target(), await planes.target()];
    world.target(group, good.port);
    world.target(group, bad.port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(good.port, bad.port);
    bad.isHealthy = false;
    await until(() => haproxy.healthOf(bad.port) === 'unhealthy');
    expect(bad.failedChecks).toBeGreaterThanOrEqual(3);
    // Or so many more as there were before anybody looked.
    expect(bad.failedChecks).toBeLessThan(6);
    expect(haproxy.haproxy.views().find(({ registration }) => registration.port === bad.port)!.health).toEqual({
      state: 'unhealthy',
      reason: 'Target.ResponseCodeMismatch',
      description: 'Health checks failed with these codes: [500]',
    });
    for (let request = 0; request < 10; request++) expect((await get('/')).headers['x-target']).toBe(String(good.port));
    bad.isHealthy = true;
    await haproxy.healthy(bad.port);
  });

  it('that never answer are initial until the threshold, and then unhealthy', async () => {
    const { world, group } = planes.balanced({}, { unhealthyThresholdCount: 4 });
    const port = await planes.listen(() => undefined);
    world.target(group, port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    const seen = new Set<string>();
    await until(() => {
      const health = haproxy.healthOf(port);
      if (health) seen.add(health);
      return health === 'unhealthy';
    });
    expect([...seen]).toEqual(['initial', 'unhealthy']);
    expect(haproxy.haproxy.views()[0]!.health.reason).toBe('Target.Timeout');
  });

  it('that drain while a HAProxy without clients is replaced do not wait for it, which takes no orders any more', async () => {
    const { world, group, loadBalancer } = planes.balanced();
    const [stays, leaves] = [await planes.target(), await planes.target()];
    world.target(group, stays.port);
    const registered = world.target(group, leaves.port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(stays.port, leaves.port);
    haproxy.onStart = () => {
      world.target(group, leaves.port, { ...registered, drainDeadlineAt: new Date(Date.now() + 60_000).toISOString() });
      haproxy.update();
    };
    world.listener(loadBalancer, PORT + 1, forwardTo(group));
    haproxy.update();
    await until(() => idleTargets(haproxy.haproxy.views()).some(({ port }) => port === leaves.port));
    expect(haproxy.starts).toEqual(['began', 'listener-added']);
  });

  it('are replaced one after another under load, with reloads in between, and no request fails', async () => {
    const { world, group, loadBalancer, host } = planes.balanced({
      'load_balancing.algorithm.type': 'least_outstanding_requests',
    });
    const haproxy = await planes.plane(world);
    const current = await Promise.all([planes.target(3), planes.target(3), planes.target(3), planes.target(3)]);
    const registered = current.map(({ port }) => world.target(group, port));
    haproxy.update();
    await haproxy.healthy(...current.map(({ port }) => port));
    const load = new TestLoad({ host, port: PORT, path: '/' }, 16);
    for (const [index, old] of current.entries()) {
      const replacement = await planes.target(3);
      world.target(group, replacement.port);
      // A listener more is a reload.
      if (index % 2) world.listener(loadBalancer, 9_001 + index, forwardTo(group));
      haproxy.update();
      await haproxy.healthy(replacement.port);
      world.target(group, old.port, { ...registered[index], drainDeadlineAt: new Date(Date.now() + 60_000).toISOString() });
      haproxy.update();
      await until(() => idleTargets(haproxy.haproxy.views()).some(({ port }) => port === old.port));
      expect(old.open).toBe(0);
      world.deregister(registered[index]!);
      haproxy.update();
      await old.close();
    }
    // Both by one reload, where the first is still due when the second comes.
    for (const port of [9_002, 9_004])
      await until(async () => (await ask({ host, port, path: '/' }).catch(() => undefined))?.status === 200);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(500);
    expect(new Set(haproxy.starts)).toEqual(new Set(['began', 'listener-added']));
  });
});
