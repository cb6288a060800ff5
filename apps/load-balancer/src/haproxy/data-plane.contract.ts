import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ask, TestLoad, TestPlane, TestTarget, until } from '../../../../test/support/haproxy.js';
import { fixedResponse, forwardTo, hostHeader, pathPattern, ProxyWorld } from '../../../../test/support/proxy-world.js';
import type { Target, TargetGroup } from '../domain/model.js';
import { directoriesOf } from './directories.js';
import { IdleTargets } from '../targets-loop/drain.js';

// Real processes on a machine that does other things, too: each test takes a second or two where nothing else runs.
jest.setTimeout(30_000);

const PORT = 8080;
const QUICK = { 'longshore.health_check.interval_ms': '100' };
let nextAddress = 1;
const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const opened of open.splice(0).reverse()) await opened.stop();
});

async function target(answerMs?: number): Promise<TestTarget> {
  const listening = await TestTarget.listen(answerMs);
  open.push({ stop: () => listening.close() });
  return listening;
}

/** A TCP server, whose clients may leave as they like. */
async function listen(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  });
  return (server.address() as AddressInfo).port;
}

async function plane(world: ProxyWorld, directory?: string): Promise<TestPlane> {
  const opened = await TestPlane.open(world.state, {}, directory);
  open.push(opened);
  return opened;
}

/** A load balancer on an address of its own, and a target group that its default rule forwards to. */
function balanced(attributes: Record<string, string> = {}, healthCheck: Partial<TargetGroup['healthCheck']> = {}) {
  const world = new ProxyWorld();
  const host = `127.1.77.${nextAddress++}`;
  const loadBalancer = world.loadBalancer('web', host);
  const group = world.targetGroup('first', { attributes: { ...QUICK, ...attributes } }, healthCheck);
  const listener = world.listener(loadBalancer, PORT, forwardTo(group));
  const get = (path: string, headers: Record<string, string> = {}) => ask({ host, port: PORT, path, headers, agent: false });
  return { world, host, loadBalancer, group, listener, get };
}

describe('requests', () => {
  it('go where the first rule that holds sends them, and carry what ELB adds', async () => {
    const { world, listener, group, get } = balanced();
    const [first, second] = [await target(), await target()];
    const other = world.targetGroup('second', { attributes: QUICK });
    world.rule(listener, 1, [pathPattern('/second/*')], forwardTo(other));
    world.rule(listener, 2, [hostHeader('*.example.com'), pathPattern('/a?c')], fixedResponse('404', "It's not\nhere, 100 %"));
    world.rule(listener, 3, [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '1*' }] } }], {
      Type: 'redirect',
      RedirectConfig: {
        Protocol: 'HTTPS',
        Port: '443',
        Host: '#{host}',
        Path: '/new/#{path}',
        Query: '#{query}',
        StatusCode: 'HTTP_302',
      },
    });
    world.target(group, first.port);
    world.target(other, second.port);
    const haproxy = await plane(world);
    haproxy.update();
    await haproxy.healthy(first.port, second.port);

    const plain = await get('/', { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https' });
    const { headers, port } = JSON.parse(plain.text) as { port: number; headers: Record<string, string> };
    expect(port).toBe(first.port);
    expect(headers).toMatchObject({
      'x-forwarded-for': '192.0.2.1, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(PORT),
    });
    expect(headers['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);

    const traced = await get('/', { 'X-Amzn-Trace-Id': 'Self=1-2-3;Root=1-67891233-abcdef012345678912345678' });
    expect(traced.text).toMatch(/Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-abcdef012345678912345678/);

    expect((await get('/second/')).headers['x-target']).toBe(String(second.port));
    expect((await get('/second')).headers['x-target']).toBe(String(first.port));
    const fixed = await get('/abc', { Host: 'WWW.example.com:8080' });
    expect([fixed.status, fixed.headers['content-type'], fixed.text]).toEqual([404, 'text/plain', "It's not\nhere, 100 %"]);
    expect((await get('/abbc', { Host: 'www.example.com' })).status).toBe(200);
    const moved = await get('/x?V=12&y=z', { Host: 'www.example.com' });
    expect([moved.status, moved.headers.location]).toEqual([302, 'https://www.example.com:443/new/x?V=12&y=z']);
  });

  it('find no target: 503; one that cannot be reached: 502', async () => {
    const { world, group, get } = balanced({}, { enabled: false });
    const haproxy = await plane(world);
    haproxy.update();
    const none = await until(async () => get('/').catch(() => undefined));
    expect([none.status, none.headers.server]).toEqual([503, 'awselb/2.0']);

    const gone = await target();
    await gone.close();
    world.target(group, gone.port);
    haproxy.update();
    const failed = await until(async () => {
      const answer = await get('/');
      return answer.status !== 503 && answer;
    });
    expect([failed.status, failed.headers.server, failed.text]).toEqual([
      502,
      'awselb/2.0',
      expect.stringContaining('Bad Gateway'),
    ]);
  });

  it('are shared by weights that move without a reload, and stay with a target by its cookie', async () => {
    const { world, listener, group, get } = balanced({ 'stickiness.enabled': 'true' });
    const [blue, blue2, green] = [await target(), await target(), await target()];
    const other = world.targetGroup('green', { attributes: QUICK });
    world.target(group, blue.port);
    world.target(group, blue2.port);
    world.target(other, green.port);
    const shared = world.rule(listener, 1, [pathPattern('/shared')], forwardTo([group, 1], [other, 3]));
    const haproxy = await plane(world);
    haproxy.update();
    await haproxy.healthy(blue.port, blue2.port, green.port);

    const answers = await Promise.all(Array.from({ length: 200 }, () => get('/shared')));
    const greens = answers.filter(({ headers }) => headers['x-target'] === String(green.port)).length;
    expect(greens).toBeGreaterThan(110);
    expect(greens).toBeLessThan(190);

    const [cookie] = (await get('/')).headers['set-cookie']!;
    const own = new Set<unknown>();
    for (let request = 0; request < 10; request++) {
      own.add((await get('/', { Cookie: cookie!.split(';')[0]! })).headers['x-target']);
    }
    expect(own.size).toBe(1);

    world.state.rules.put(shared.arn, { ...shared, actions: [forwardTo([group, 1], [other, 0])] });
    haproxy.update();
    await until(async () => (await get('/shared')).headers['x-target'] !== String(green.port));
    const moved = await Promise.all(Array.from({ length: 50 }, () => get('/shared')));
    expect(moved.filter(({ headers }) => headers['x-target'] === String(green.port))).toEqual([]);
    expect(haproxy.starts).toEqual(['began']);
  });

  it('of an application with a cookie of its own stay with the target that began', async () => {
    const { world, group, host } = balanced({
      'stickiness.enabled': 'true',
      'stickiness.type': 'app_cookie',
      'stickiness.app_cookie.cookie_name': 'SESSION',
    });
    const targets = [await target(), await target(), await target()];
    for (const { port, server } of targets) {
      world.target(group, port);
      server.prependListener('request', (asked, answer) => {
        if (asked.url === '/begin') answer.setHeader('set-cookie', 'SESSION=abc; Path=/');
      });
    }
    const haproxy = await plane(world);
    haproxy.update();
    await haproxy.healthy(...targets.map(({ port }) => port));
    const begun = await ask({ host, port: PORT, path: '/begin', agent: false });
    const cookie = begun.headers['set-cookie']![0]!.split(';')[0]!;
    for (let request = 0; request < 6; request++) {
      const next = await ask({ host, port: PORT, path: '/', headers: { Cookie: cookie }, agent: false });
      expect(next.headers['x-target']).toBe(begun.headers['x-target']);
      expect((JSON.parse(next.text) as { headers: { cookie: string } }).headers.cookie).toBe('SESSION=abc');
    }
  });

  it('of TLS clients are decrypted, by HTTP/2 where a client speaks it', async () => {
    const { world, loadBalancer, group, host } = balanced();
    const CertificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/one';
    const change = {
      protocol: 'HTTPS' as const,
      certificates: [{ CertificateArn }],
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    };
    world.listener(loadBalancer, 8_443, forwardTo(group), change);
    const { port } = await target();
    world.target(group, port);
    const haproxy = await plane(world);
    const pem = join(haproxy.directory, 'one.pem');
    const subject = ['-subj', '/CN=web.example', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    execFileSync('openssl', ['req', '-x509', '-nodes', ...subject, '-keyout', pem, '-out', `${pem}.crt`], { stdio: 'pipe' });
    await appendFile(pem, await readFile(`${pem}.crt`));

    haproxy.update();
    const [unserved] = await until(() => haproxy.haproxy.loadBalancers([loadBalancer.arn]));
    expect(unserved).toMatchObject({
      code: 'active_impaired',
      reason: `The certificate ${CertificateArn} is not known on this host.`,
    });

    haproxy.update((arn) => (arn === CertificateArn ? pem : undefined));
    await until(() => haproxy.haproxy.loadBalancers([loadBalancer.arn])?.[0]?.code === 'active' && haproxy.starts.length > 1);
    await haproxy.healthy(port);
    const session = connectHttp2(`https://${host}:8443`, { rejectUnauthorized: false });
    open.push({ stop: () => new Promise((resolve) => session.close(() => resolve())) });
    const text = await new Promise<string>((resolve, reject) => {
      session.once('error', reject);
      const asked = session.request({ ':path': '/' });
      let answer = '';
      asked.setEncoding('utf8');
      asked.on('data', (chunk: string) => (answer += chunk));
      asked.on('end', () => resolve(answer));
    });
    expect((JSON.parse(text) as { headers: object }).headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '8443',
    });
    expect(session.alpnProtocol).toBe('h2');
  });

  it('are rewritten as a rule says, and answers have the headers that a listener sets', async () => {
    const { world, group, listener, get } = balanced();
    const { port } = await target();
    world.target(group, port);
    world.state.listeners.put(listener.arn, {
      ...listener,
      attributes: { 'routing.http.response.strict_transport_security.header_value': 'max-age=10; "x" 100%' },
    });
    world.rule(listener, 1, [pathPattern('/old/*')], forwardTo(group), {
      transforms: [
        { Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/old/([^/]+)/(.*)$', Replace: '/new/$2?by=$1' }] } },
        {
          Type: 'host-header-rewrite',
          HostHeaderRewriteConfig: { Rewrites: [{ Regex: '^(.+)\\.example\\.com$', Replace: '$1.internal' }] },
        },
      ],
    });
    const haproxy = await plane(world);
    haproxy.update();
    await haproxy.healthy(port);
    const rewritten = await get('/old/a/b/c', { Host: 'www.example.com' });
    const { url, headers } = JSON.parse(rewritten.text) as { url: string; headers: { host: string } };
    expect([url, headers.host]).toEqual(['/new/b/c?by=a', 'www.internal']);
    expect(rewritten.headers['strict-transport-security']).toBe('max-age=10; "x" 100%');
  });

  it('of TCP clients go through a network load balancer', async () => {
    const world = new ProxyWorld();
    const host = `127.1.77.${nextAddress++}`;
    const group = world.targetGroup(
      'tcp',
      { protocol: 'TCP', protocolVersion: undefined, attributes: QUICK },
      { protocol: 'TCP' },
    );
    world.listener(world.loadBalancer('net', host, { type: 'network' }), 9_000, forwardTo(group));
    const port = await listen((socket) => socket.pipe(socket));
    world.target(group, port);
    const haproxy = await plane(world);
    haproxy.update();
    await haproxy.healthy(port);
    const heard = await new Promise<string>((resolve, reject) => {
      const socket = connect(9_000, host, () => socket.write('hello'));
      socket.once('error', reject);
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
    });
    expect(heard).toBe('hello');
  });
});

describe('targets', () => {
  it('change five hundred times without a reload', async () => {
    const { world, group, get } = balanced();
    const targets = [await target(), await target(), await target()];
    const haproxy = await plane(world);
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
    const { world, group, get } = balanced({}, { healthyThresholdCount: 10 });
    const fresh = await target();
    fresh.isHealthy = false;
    world.target(group, fresh.port);
    const haproxy = await plane(world);
    haproxy.update();
    await until(() => fresh.failedChecks > 0);
    expect((await get('/')).status).toBe(503);
    fresh.isHealthy = true;
    await until(async () => (await get('/')).status === 200);
    expect(fresh.passedChecks).toBeLessThan(5);
  });

  it('need not wait for an interval of 30 seconds to be checked for the first time', async () => {
    const { world, group, get } = balanced();
    world.state.targetGroups.put(group.arn, { ...group, attributes: {} });
    const [bad, good] = [await target(), await target()];
    bad.isHealthy = false;
    world.target(group, bad.port);
    world.target(group, good.port);
    const haproxy = await plane(world);
    haproxy.update();
    await haproxy.healthy(good.port);
    expect((await get('/')).headers['x-target']).toBe(String(good.port));
    expect(haproxy.healthOf(bad.port)).toBe('initial');
    bad.isHealthy = true;
    await haproxy.healthy(bad.port);
  });

  it('that fail are out after as many checks as the threshold says, with ELB’s reason, and back after a recovery', async () => {
    const { world, group, get } = balanced({}, { unhealthyThresholdCount: 3, healthyThresholdCount: 2 });
    const [good, bad] = [await target(), await target()];
    world.target(group, good.port);
    world.target(group, bad.port);
    const haproxy = await plane(world);
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
    const { world, group } = balanced({}, { unhealthyThresholdCount: 4 });
    const port = await listen(() => undefined);
    world.target(group, port);
    const haproxy = await plane(world);
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

  it('are replaced one after another under load, with reloads in between, and no request fails', async () => {
    const { world, group, loadBalancer, host } = balanced({ 'load_balancing.algorithm.type': 'least_outstanding_requests' });
    const haproxy = await plane(world);
    const current = await Promise.all([target(3), target(3), target(3), target(3)]);
    const registered = current.map(({ port }) => world.target(group, port));
    haproxy.update();
    await haproxy.healthy(...current.map(({ port }) => port));
    const load = new TestLoad({ host, port: PORT, path: '/' }, 16);
    const idle = new IdleTargets();
    for (const [index, old] of current.entries()) {
      const replacement = await target(3);
      world.target(group, replacement.port);
      // A listener more is a reload.
      if (index % 2) world.listener(loadBalancer, 9_001 + index, forwardTo(group));
      haproxy.update();
      await haproxy.healthy(replacement.port);
      world.target(group, old.port, { ...registered[index], drainDeadlineAt: new Date(Date.now() + 60_000).toISOString() });
      haproxy.update();
      await until(() => idle.observe(haproxy.haproxy.views()).some(({ port }) => port === old.port));
      expect(old.open).toBe(0);
      world.deregister(registered[index]!);
      haproxy.update();
      await old.close();
    }
    await until(() => haproxy.starts.length === 3);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(500);
    expect(haproxy.starts).toEqual(['began', 'listener-added', 'listener-added']);
  });
});

describe('HAProxy', () => {
  it('is back by itself when it is killed, with its healthy targets', async () => {
    const { world, group, host } = balanced();
    const [first, second] = [await target(), await target()];
    world.target(group, first.port);
    world.target(group, second.port);
    const haproxy = await plane(world);
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
    const { world, group, host, get } = balanced();
    const slow = await target(300);
    world.target(group, slow.port);
    const before = await plane(world);
    before.update();
    await before.healthy(slow.port);
    const { pid } = before.haproxy;
    await before.haproxy.release();
    const underWay = get('/begun-before');
    await until(() => slow.open > 0);
    const load = new TestLoad({ host, port: PORT, path: '/' }, 4);
    const after = await plane(world, before.directory);
    after.update();
    await after.healthy(slow.port);
    await until(() => load.answered > 8);
    await load.stop();
    expect((await underWay).status).toBe(200);
    expect(load.failures).toEqual([]);
    expect(after.haproxy.pid).not.toBe(pid);
  });

  it('serves the rest when an endpoint is taken, says so, and takes it when it is free', async () => {
    const { world, loadBalancer, listener, group, get } = balanced();
    const { port } = await target();
    world.target(group, port);
    const taker = createServer();
    const otherHost = `127.1.77.${nextAddress++}`;
    await new Promise<void>((resolve) => taker.listen(PORT, otherHost, resolve));
    const other = world.loadBalancer('other', otherHost);
    world.listener(other, PORT, forwardTo(group));
    const haproxy = await plane(world);
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
    const { world, loadBalancer, group, get } = balanced();
    const { port } = await target();
    world.target(group, port);
    const homes = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'home-'))));
    const replica = async (home: string, n: number) => {
      const opened = await TestPlane.open(world.state, { home, ...directoriesOf(home, n) }, directoriesOf(home, n).directory);
      open.push(opened);
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
    const { world, loadBalancer, listener, group, get } = balanced();
    const { port } = await target();
    world.target(group, port);
    const haproxy = await plane(world);
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
    const { world, loadBalancer } = balanced();
    const haproxy = await TestPlane.open(world.state, { program: '/nowhere/haproxy' });
    open.push(haproxy);
    haproxy.update();
    const [report] = await until(() => haproxy.haproxy.loadBalancers([loadBalancer.arn]));
    expect(report!.code).toBe('failed');
    expect(report!.reason).toMatch(/HAProxy.*\/nowhere\/haproxy/);
  });

  it('is counted: requests, answers by class, latencies, hosts; over reloads too', async () => {
    const { world, loadBalancer, group, listener, get } = balanced();
    world.rule(listener, 1, [pathPattern('/none')], fixedResponse('404', ''));
    const good = await target(20);
    world.target(group, good.port);
    const haproxy = await plane(world);
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
