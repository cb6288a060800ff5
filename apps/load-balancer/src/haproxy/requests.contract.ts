import { execFileSync } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BalancedPlanes, PORT, QUICK } from '../../../../test/support/balanced-planes.js';
import { ask, TestLoad, until } from '../../../../test/support/haproxy.js';
import { fixedResponse, forwardTo, hostHeader, pathPattern, ProxyWorld } from '../../../../test/support/proxy-world.js';
import { idleTargets } from '../targets-loop/drain.js';

// Real processes on a machine that does other things, too: each test takes a second or two where nothing else runs.
jest.setTimeout(30_000);

const planes = new BalancedPlanes('127.1.77');
afterEach(() => planes.stop());

describe('requests', () => {
  it('go where the first rule that holds sends them, and carry what ELB adds', async () => {
    const { world, listener, group, get } = planes.balanced();
    const [first, second] = [await planes.target(), await planes.target()];
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
    const haproxy = await planes.plane(world);
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
    const { world, group, get } = planes.balanced({}, { enabled: false });
    const haproxy = await planes.plane(world);
    haproxy.update();
    const none = await until(async () => get('/').catch(() => undefined));
    expect([none.status, none.headers.server]).toEqual([503, 'awselb/2.0']);

    const gone = await planes.target();
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
    const { world, listener, group, get } = planes.balanced({ 'stickiness.enabled': 'true' });
    const [blue, blue2, green] = [await planes.target(), await planes.target(), await planes.target()];
    const other = world.targetGroup('green', { attributes: QUICK });
    world.target(group, blue.port);
    world.target(group, blue2.port);
    world.target(other, green.port);
    const shared = world.rule(listener, 1, [pathPattern('/shared')], forwardTo([group, 1], [other, 3]));
    const haproxy = await planes.plane(world);
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

  it('go elsewhere when their cookie names a target that is deregistered, which answers what it has begun', async () => {
    const { world, group, host, get } = planes.balanced({ 'stickiness.enabled': 'true' });
    const targets = [await planes.target(100), await planes.target(100)];
    const registered = targets.map(({ port }) => world.target(group, port));
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(...targets.map(({ port }) => port));
    const begun = await get('/');
    const headers = { Cookie: begun.headers['set-cookie']![0]!.split(';')[0]! };
    const [own, other] = targets.map(({ port }) => String(port)).sort((port) => (port === begun.headers['x-target'] ? -1 : 1));
    const target = registered.find(({ port }) => String(port) === own)!;
    const underWay = get('/', headers);
    await until(() => targets.some(({ open }) => open > 0));
    const load = new TestLoad({ host, port: PORT, path: '/', headers }, 4);
    world.target(group, target.port, { ...target, drainDeadlineAt: new Date(Date.now() + 60_000).toISOString() });
    haproxy.update();
    // However much the clients with its cookie ask: they are not sent there any more.
    await until(() => idleTargets(haproxy.haproxy.views()).some(({ port }) => port === target.port));
    expect((await underWay).headers['x-target']).toBe(own);
    for (let request = 0; request < 5; request++) expect((await get('/', headers)).headers['x-target']).toBe(other);
    await load.stop();
    expect(load.failures).toEqual([]);
    // Where it was, the next one is checked again, more than once.
    world.deregister(target);
    world.target(group, target.port, { registeredAt: new Date().toISOString() });
    haproxy.update();
    await haproxy.healthy(target.port);
    targets.find(({ port }) => port === target.port)!.isHealthy = false;
    await until(() => haproxy.healthOf(target.port) === 'unhealthy');
  });

  it('of an application with a cookie of its own stay with the target that began', async () => {
    const { world, group, host } = planes.balanced({
      'stickiness.enabled': 'true',
      'stickiness.type': 'app_cookie',
      'stickiness.app_cookie.cookie_name': 'SESSION',
    });
    const targets = [await planes.target(), await planes.target(), await planes.target()];
    for (const { port, server } of targets) {
      world.target(group, port);
      server.prependListener('request', (asked, answer) => {
        if (asked.url === '/begin') answer.setHeader('set-cookie', 'SESSION=abc; Path=/');
      });
    }
    const haproxy = await planes.plane(world);
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
    const { world, loadBalancer, group, host } = planes.balanced();
    const CertificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/one';
    const change = {
      protocol: 'HTTPS' as const,
      certificates: [{ CertificateArn }],
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    };
    world.listener(loadBalancer, 8_443, forwardTo(group), change);
    const { port } = await planes.target();
    world.target(group, port);
    const haproxy = await planes.plane(world);
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
    planes.add({ stop: () => new Promise((resolve) => session.close(() => resolve())) });
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
    const { world, group, listener, get } = planes.balanced();
    const { port } = await planes.target();
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
    const haproxy = await planes.plane(world);
    haproxy.update();
    await haproxy.healthy(port);
    const rewritten = await get('/old/a/b/c', { Host: 'www.example.com' });
    const { url, headers } = JSON.parse(rewritten.text) as { url: string; headers: { host: string } };
    expect([url, headers.host]).toEqual(['/new/b/c?by=a', 'www.internal']);
    expect(rewritten.headers['strict-transport-security']).toBe('max-age=10; "x" 100%');
  });

  it('of TCP clients go through a network load balancer', async () => {
    const world = new ProxyWorld();
    const host = planes.address();
    const group = world.targetGroup(
      'tcp',
      { protocol: 'TCP', protocolVersion: undefined, attributes: QUICK },
      { protocol: 'TCP' },
    );
    world.listener(world.loadBalancer('net', host, { type: 'network' }), 9_000, forwardTo(group));
    const port = await planes.listen((socket) => socket.pipe(socket));
    world.target(group, port);
    const haproxy = await planes.plane(world);
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
