import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ListServiceDeploymentsCommand, RegisterTaskDefinitionCommand, waitUntilServicesStable } from '@aws-sdk/client-ecs';
import { Agent } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { selfSigned } from '../support/self-signed.js';
import { ask, TestLoad } from '../support/haproxy.js';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

/** Of the target groups here: how often a target is checked; after two checks that fail it gets no request any more. */
const INTERVAL_MS = 200;
/** A check waits as long as the interval for its answer. The rest is for a machine that does other things, too. */
const EJECTED_WITHIN_MS = 2_000;

const serving = (revision: string, path = 'index.html', listensAfterSeconds = 0) =>
  oneContainer(
    'web',
    `trap 'exit 0' TERM; sleep ${listensAfterSeconds}; mkdir /w; echo ${revision} > /w/${path}; httpd -f -p 80 -h /w & wait`,
    {
      portMappings: [{ containerPort: 80 }],
    },
  );

/** What a client reads that verifies the certificate of the name that it asks for. */
const askTls = (host: string, port: number, name: string, ca: string): Promise<{ page: string; of: string }> =>
  new Promise((resolve, reject) => {
    const options = { host, port, path: '/', servername: name, headers: { host: name }, ca, agent: false };
    const asked = request(options, (answer) => {
      const of = String((answer.socket as TLSSocket).getPeerCertificate().subject.CN);
      void text(answer).then((page) => resolve({ page: page.trim(), of }), reject);
    });
    asked.on('error', reject);
    asked.end();
  });

/** The real AWS CLI makes a load balancer and a service behind it; HAProxy carries requests to real containers. */
describe('a balanced service', () => {
  let longshore: Longshore;
  let host: string;
  let group: string;
  let listener: string;
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();
  const stable = (service: string) =>
    waitUntilServicesStable({ client: longshore.ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { services: [service] });
  const target = () => ({ host, port: 80, path: '/', timeout: 5_000 });
  const page = async (path = '/', headers = {}) => {
    const { status, text } = await ask({ ...target(), path, headers, agent: false });
    return status === 200 ? text.trim() : String(status);
  };
  const states = async (arn = group) =>
    (await cli('elbv2', `describe-target-health --target-group-arn ${arn}`)).TargetHealthDescriptions.map(
      ({ TargetHealth }: any) => TargetHealth.State as string,
    );
  const rolledOut = (service: string) =>
    eventually(`${service} rolled out`, async () => {
      const [{ deployments }] = (await cli('ecs', `describe-services --services ${service}`)).services;
      return deployments.length === 1 && deployments[0].rolloutState === 'COMPLETED';
    });
  const healthy = (count: number) =>
    eventually(`${count} healthy targets`, async () => {
      const all = await states();
      return all.length === count && all.every((state: string) => state === 'healthy');
    });
  const targetGroup = async (name: string, more: string) => {
    const [made] = (await cli('elbv2', `create-target-group --name ${name} --vpc-id vpc-1 ${more}`)).TargetGroups;
    const attributes = `Key=longshore.health_check.interval_ms,Value=${INTERVAL_MS} Key=deregistration_delay.timeout_seconds,Value=10`;
    await cli('elbv2', `modify-target-group-attributes --target-group-arn ${made.TargetGroupArn} --attributes ${attributes}`);
    return made.TargetGroupArn as string;
  };
  const register = async (input: ReturnType<typeof oneContainer>) =>
    (await longshore.ecs.send(new RegisterTaskDefinitionCommand(input))).taskDefinition!.taskDefinitionArn!;
  const behind = (arn: string) => `targetGroupArn=${arn},containerName=main,containerPort=80`;
  const addressOf = async (name: string) => {
    const { loadBalancers } = JSON.parse((await longshore.run('status', '--json')).stdout);
    return loadBalancers.find((one: { name: string }) => one.name === name).addresses.own as string;
  };

  beforeAll(async () => {
    longshore = await startLongshore();
    await register(serving('one'));
    const [balancer] = (await cli('elbv2', 'create-load-balancer --name web --subnets subnet-1 subnet-2')).LoadBalancers;
    group = await targetGroup('web', '--protocol HTTP --port 80');
    const listen = `create-listener --load-balancer-arn ${balancer.LoadBalancerArn} --protocol HTTP --port 80`;
    const { Listeners } = await cli('elbv2', `${listen} --default-actions Type=forward,TargetGroupArn=${group}`);
    listener = Listeners[0].ListenerArn;
    const create = 'create-service --service-name web --task-definition web --desired-count 2';
    await cli('ecs', `${create} --load-balancers ${behind(group)}`);
    host = await addressOf('web');
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('answers through its load balancer, which says that it is active', async () => {
    await stable('web');
    await healthy(2);
    expect(await page()).toBe('one');
    const [{ State }] = (await cli('elbv2', 'describe-load-balancers')).LoadBalancers;
    expect(State).toEqual({ Code: 'active' });
    expect((await longshore.run('explain', 'load-balancer', 'web')).stdout).toContain('default  web: 2 of 2 targets healthy');
    expect((await longshore.run('explain', 'target-group', 'web')).stdout).toMatch(
      /task [0-9a-f]{8} \(main:80\)\n +healthy since/,
    );
  }, 60_000);

  it('loses no request while it grows, is rolled out and shrinks', async () => {
    const load = new TestLoad(target(), 8);
    await cli('ecs', 'update-service --service web --desired-count 6');
    await healthy(6);
    await cli('ecs', `update-service --service web --task-definition ${await register(serving('two'))}`);
    await rolledOut('web');
    await cli('ecs', 'update-service --service web --desired-count 2');
    await healthy(2);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(500);
    expect(await page()).toBe('two');
  }, 120_000);

  it('is left alone by rules for other paths and hosts', async () => {
    const fixed = (text: string) => `Type=fixed-response,FixedResponseConfig={StatusCode=200,MessageBody=${text}}`;
    const rule = `create-rule --listener-arn ${listener}`;
    await cli('elbv2', `${rule} --priority 1 --conditions Field=path-pattern,Values=/api/* --actions ${fixed('api')}`);
    await cli('elbv2', `${rule} --priority 2 --conditions Field=host-header,Values=*.example.com --actions ${fixed('host')}`);
    await eventually('the rules', async () => (await page('/api/x')) === 'api');
    await eventually('the rule of hosts', async () => (await page('/', { host: 'a.example.com' })) === 'host');
    expect(await page()).toBe('two');
  }, 30_000);

  it('gets another task for one whose target fails its checks', async () => {
    const [container] = (await longshore.containers()).filter(({ running }) => running);
    await longshore.docker.getContainer(container!.id).pause();
    const pausedAt = performance.now();
    let servedAgainAt = pausedAt;
    while (performance.now() - pausedAt < EJECTED_WITHIN_MS + 1_000) {
      const asked = { ...target(), agent: false as const, signal: AbortSignal.timeout(INTERVAL_MS) };
      const isServed = await ask(asked).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (!isServed) servedAgainAt = performance.now();
    }
    expect(servedAgainAt - pausedAt).toBeLessThan(EJECTED_WITHIN_MS);
    await eventually('its replacement', async () => {
      const { taskArns } = await cli('ecs', 'list-tasks --service-name web');
      return taskArns.length === 2 && !taskArns.includes(container!.taskArn);
    });
    const [{ events }] = (await cli('ecs', 'describe-services --services web')).services;
    expect(events.map(({ message }: any) => message).join('\n')).toMatch(
      /\(port \d+\) is unhealthy in \(target-group arn:.*\) due to \(reason .+\)/,
    );
    await healthy(2);
  }, 90_000);

  it('goes back from a revision whose target is never healthy, and says why', async () => {
    const broken = await register(serving('three', 'elsewhere.html'));
    const breaker = 'deploymentCircuitBreaker={enable=true,rollback=true}';
    await cli(
      'ecs',
      `update-service --service web --task-definition ${broken} --health-check-grace-period-seconds 1 --deployment-configuration ${breaker}`,
    );
    await eventually(
      'the rollback',
      async () => {
        const { serviceDeployments } = await longshore.ecs.send(new ListServiceDeploymentsCommand({ service: 'web' }));
        return serviceDeployments![0]!.status === 'ROLLBACK_SUCCESSFUL';
      },
      90_000,
    );
    const [{ events }] = (await cli('ecs', 'describe-services --services web')).services;
    const said = events.map(({ message }: any) => message).join('\n');
    expect(said).toMatch(/due to \(reason Health checks failed with these codes: \[404\]\)/);
    expect((await longshore.run('explain', 'service', 'web')).stdout).toContain('Task failed ELB health checks in (target-group');
    expect(await page()).toBe('two');
  }, 120_000);

  it('is served again at once after kill -9 of HAProxy and of the app, and tasks stop meanwhile', async () => {
    await longshore.kill9('load-balancer');
    const [taskArn] = (await cli('ecs', 'list-tasks --service-name web')).taskArns;
    await cli('ecs', `stop-task --task ${taskArn}`);
    await eventually('its end', async () => {
      const { tasks } = await cli('ecs', `describe-tasks --tasks ${taskArn}`);
      return tasks[0].lastStatus === 'STOPPED';
    });
    await longshore.ready();
    await healthy(2);
    expect(await page()).toBe('two');
  }, 60_000);

  it('loses no request when the one of two load balancers that leads is killed, and the other one goes on', async () => {
    expect((await longshore.run('up', '--scale', 'load-balancer=2')).code).toBe(0);
    const leading = () =>
      eventually('one that leads', async () => {
        const { processes } = await longshore.status();
        return processes!.find(({ app, leader }) => app === 'load-balancer' && leader)?.name;
      });
    const killed = await leading();
    const load = new TestLoad(target(), 4);
    await longshore.kill9(killed);
    await eventually('the other one to lead', async () => (await leading()) !== killed);
    await cli('ecs', 'update-service --service web --desired-count 3');
    await healthy(3);
    await longshore.ready();
    expect((await longshore.run('up', '--scale', 'load-balancer=1')).code).toBe(0);
    await cli('ecs', 'update-service --service web --desired-count 2');
    await healthy(2);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(100);
  }, 90_000);

  it('is balanced by TCP alone, too', async () => {
    const [balancer] = (await cli('elbv2', 'create-load-balancer --name tcp --type network --subnets subnet-1')).LoadBalancers;
    const tcp = await targetGroup('tcp', '--protocol TCP --port 80');
    const listen = `create-listener --load-balancer-arn ${balancer.LoadBalancerArn} --protocol TCP --port 5000`;
    await cli('elbv2', `${listen} --default-actions Type=forward,TargetGroupArn=${tcp}`);
    await register({ ...serving('tcp', undefined, 3), family: 'tcp' });
    const create =
      'create-service --service-name tcp --task-definition tcp --desired-count 1 --health-check-grace-period-seconds 20';
    await cli('ecs', `${create} --load-balancers ${behind(tcp)}`);
    const own = { host: await addressOf('tcp'), port: 5_000, path: '/', agent: false as const };
    await eventually('its answer', async () => (await ask(own).catch(() => ({ text: '' }))).text.trim() === 'tcp');
    // The engine's proxy takes connections as soon as a container runs: no check may believe it.
    const load = new TestLoad(own, 4, new Agent({ keepAlive: false }));
    await cli('ecs', 'update-service --service tcp --force-new-deployment');
    await rolledOut('tcp');
    await load.stop();
    expect(load.failures).toEqual([]);
  }, 60_000);

  it('is reached by TLS with the certificate of the name that a client asks for, and the next one when that is renewed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
    const load = async (name: string, more = '') => {
      const { body, privateKey } = selfSigned(name);
      const [certificate, key] = [join(directory, 'body.pem'), join(directory, 'key.pem')];
      await writeFile(certificate, body);
      await writeFile(key, privateKey);
      const given = `--certificate fileb://${certificate} --private-key fileb://${key}`;
      const { CertificateArn } = await cli('acm', `import-certificate ${given}${more}`);
      return { body, arn: CertificateArn as string };
    };
    const [one, two] = [await load('one.example'), await load('two.example')];
    const listen = (arn: string, protocol: string, forward: string) =>
      cli(
        'elbv2',
        `create-listener --load-balancer-arn ${arn} --protocol ${protocol} --port 443 --certificates CertificateArn=${one.arn} ` +
          `--default-actions Type=forward,TargetGroupArn=${forward}`,
      );
    const { LoadBalancers, TargetGroups } = {
      ...(await cli('elbv2', 'describe-load-balancers --names web tcp')),
      ...(await cli('elbv2', 'describe-target-groups --names tcp')),
    };
    const arnOf = (name: string) => LoadBalancers.find((all: any) => all.LoadBalancerName === name).LoadBalancerArn as string;
    const https = (await listen(arnOf('web'), 'HTTPS', group)).Listeners[0];
    await listen(arnOf('tcp'), 'TLS', TargetGroups[0].TargetGroupArn);
    const more = `add-listener-certificates --listener-arn ${https.ListenerArn} --certificates CertificateArn=${two.arn}`;
    await cli('elbv2', more);
    const seen = (at: string, name: string, { body }: { body: string }, page: string) =>
      eventually(`${page} as ${name}`, async () => {
        const answer = await askTls(at, 443, name, body).catch(() => undefined);
        return answer?.of === name && answer.page === page;
      });
    await seen(host, 'one.example', one, 'two');
    await seen(host, 'two.example', two, 'two');
    await seen(await addressOf('tcp'), 'one.example', one, 'tcp');
    await seen(host, 'two.example', await load('two.example', ` --certificate-arn ${two.arn}`), 'two');
    await rm(directory, { recursive: true });
  }, 60_000);
});
