import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BalancedPlanes, PORT } from '../../../../test/support/balanced-planes.js';
import { ask, TestLoad, TestPlane, until } from '../../../../test/support/haproxy.js';
import { fixedResponse, forwardTo, pathPattern } from '../../../../test/support/proxy-world.js';
import { directoriesOf } from './directories.js';

// Real processes on a machine that does other things, too: each test takes a second or two where nothing else runs.
jest.setTimeout(30_000);

const planes = new BalancedPlanes('127.1.80');
afterEach(() => planes.stop());

describe('HAProxy', () => {
  it('is back by itself when it is killed, with its healthy targets', async () => {
    const { world, group, host } = planes.balanced();
    const [first, second] = [await planes.target(), await planes.target()];
    world.target(group, first.port);
    world.target(group, second.port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(first.port, second.port);
    const load = new TestLoad({ host, port: PORT, path: '/' }, 4);
    await until(() => load.answered > 100);
    const { pid } = haproxy.haproxy;
    process.kill(pid!, 'SIGKILL');
    await until(() => load.failures.length > 0);
    const answered = load.answered;
    await until(() => load.answered > answered + 10);
    await load.stop();
    await until(() => haproxy.starts.length > 1);
    expect(haproxy.haproxy.pid).not.toBe(pid);
    expect(haproxy.starts).toEqual(['began', 'ended-unexpectedly']);
    expect(load.failures.filter((failure) => failure === '503')).toEqual([]);
  });

  it('goes on without its app, and the next one takes it over without a failed request', async () => {
    const { world, group, host, get } = planes.balanced();
    const slow = await planes.target(300);
    world.target(group, slow.port);
    const before = await planes.plane(world);
    before.update();
    await before.healthy(slow.port);
    const { pid } = before.haproxy;
    await before.haproxy.release();
    const underWay = get('/begun-before');
    await until(() => slow.open > 0);
    const load = new TestLoad({ host, port: PORT, path: '/' }, 4);
    const after = await planes.plane(world, before.directory);
    after.update();
    await after.healthy(slow.port);
    await until(() => load.answered > 8);
    await load.stop();
    expect((await underWay).status).toBe(200);
    expect(load.failures).toEqual([]);
    expect(after.haproxy.pid).not.toBe(pid);
  });

  it('serves the rest when an endpoint is taken, says so, and takes it when it is free', async () => {
    const { world, loadBalancer, listener, group, get } = planes.balanced();
    const { port } = await planes.target();
    world.target(group, port);
    const taker = createServer();
    const otherHost = planes.address();
    await new Promise<void>((resolve) => taker.listen(PORT, otherHost, resolve));
    const other = world.loadBalancer('other', otherHost);
    world.listener(other, PORT, forwardTo(group));
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(port);
    expect((await get('/')).status).toBe(200);
    expect(haproxy.haproxy.loadBalancers([loadBalancer.arn, other.arn])).toEqual([
      { arn: listener.loadBalancerArn, code: 'active' },
      { arn: other.arn, code: 'failed', reason: `It cannot listen on ${otherHost}:${PORT}: Address already in use.` },
    ]);
    await new Promise<void>((resolve) => taker.close(() => resolve()));
    await until(() => haproxy.haproxy.loadBalancers([other.arn])![0]!.code === 'active');
    expect((await ask({ host: otherHost, port: PORT, path: '/', agent: false })).status).toBe(200);
  });

  it('shares its endpoints with the other replicas of its installation, and with nobody else', async () => {
    const { world, loadBalancer, group, get } = planes.balanced();
    const { port } = await planes.target();
    world.target(group, port);
    const homes = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'home-'))));
    const replica = async (home: string, n: number) => {
      const opened = await TestPlane.open(world.state, { home, ...directoriesOf(home, n) }, directoriesOf(home, n).directory);
      planes.add(opened);
      opened.update();
      return opened;
    };
    const first = await replica(homes[0]!, 1);
    await first.healthy(port);
    const second = await replica(homes[0]!, 2);
    await second.healthy(port);
    const stranger = await replica(homes[1]!, 1);
    const stateOf = ({ haproxy }: TestPlane) => haproxy.loadBalancers([loadBalancer.arn])?.[0]?.code;
    await until(() => stateOf(stranger) === 'failed');
    expect([first, second].map(stateOf)).toEqual(['active', 'active']);
    const { pid } = first.haproxy;
    process.kill(pid!, 'SIGKILL');
    // Connections that the system had given to it already are lost with it.
    await until(() => first.haproxy.pid !== pid);
    expect((await get('/')).status).toBe(200);
    expect(stateOf(second)).toBe('active');
  });

  it('goes on with what it could read of a listener when a rule has an expression that it cannot', async () => {
    const { world, loadBalancer, listener, group, get } = planes.balanced();
    const { port } = await planes.target();
    world.target(group, port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(port);
    world.rule(listener, 1, [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['(unclosed'] } }], forwardTo(group));
    world.rule(listener, 2, [pathPattern('/fixed')], fixedResponse('200', 'fixed'));
    haproxy.update();
    const [state] = await until(() => {
      const states = haproxy.haproxy.loadBalancers([loadBalancer.arn]);
      return states?.[0]?.code !== 'active' && states;
    });
    expect(state!.reason).toContain('(unclosed');
    expect((await get('/')).status).toBe(200);
  });

  it('that is not installed is what load balancers say', async () => {
    const { world, loadBalancer } = planes.balanced();
    const haproxy = await TestPlane.open(world.state, { program: '/nowhere/haproxy' });
    planes.add(haproxy);
    haproxy.update();
    const [report] = await until(() => haproxy.haproxy.loadBalancers([loadBalancer.arn]));
    expect(report!.code).toBe('failed');
    expect(report!.reason).toMatch(/HAProxy.*\/nowhere\/haproxy/);
  });

  it('is counted: requests, answers by class, latencies, hosts; over reloads too', async () => {
    const { world, loadBalancer, group, listener, get } = planes.balanced();
    world.rule(listener, 1, [pathPattern('/none')], fixedResponse('404', ''));
    const good = await planes.target(20);
    world.target(group, good.port);
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(good.port);
    for (let request = 0; request < 5; request++) await get('/');
    await get('/none');
    world.listener(loadBalancer, 9_010, forwardTo(group));
    haproxy.update();
    await until(() => haproxy.starts.length > 1);
    await get('/');
    const metrics = await until(async () => {
      const now = await haproxy.haproxy.metrics();
      const first = now?.targetGroups.get('targetgroup/first/0000006669727374');
      const told = first?.responseTime.counts.reduce((sum, count) => sum + count);
      return first?.counters.RequestCount === 6 && told === 6 && now;
    });
    expect(metrics.loadBalancers.get('app/web/0000000000776562')!.counters).toMatchObject({
      RequestCount: 7,
      HTTPCode_Target_2XX_Count: 6,
      HTTPCode_ELB_4XX_Count: 1,
    });
    const { gauges } = metrics.targetGroups.get('targetgroup/first/0000006669727374')!;
    expect(gauges).toEqual({ HealthyHostCount: 1, UnHealthyHostCount: 0 });
  });
});
