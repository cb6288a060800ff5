import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openJetStreamJournal, type Revision } from '#lib/journal';
import { apiHeaders, type CommandReply, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { type NatsServer, startNatsServer } from '../../../test/support/nats-server.js';
import { selfSigned } from '../../../test/support/self-signed.js';
import { RunningApp } from '../../../test/support/running-app.js';

describe('the load balancer’s process', () => {
  let server: NatsServer;
  let app: RunningApp;
  let group: string;
  let directory: string;
  const environment = () => ({ LONGSHORE_MASTER_KEY_FILE: join(directory, 'master.key') });
  const elb = async (operation: string, input: object, more?: Record<string, string>) => {
    const reply = await app.ask(operation, input, more);
    if (reply.rejection) throw new Error(`${operation} was refused: ${reply.rejection.message}`);
    return reply.output;
  };
  const command = async (name: string, input: object): Promise<CommandReply> => {
    const scope = { accountId: '000000000000', region: 'us-east-1', principal: 'load-balancer' };
    const id = `${name}-${Math.random()}`;
    const request = toJson({ id, requestId: id, operation: name, ...scope, input });
    const message = await app.nats.request(subjects.command('load-balancing', 'load-balancer', name), request, {
      timeout: 10_000,
    });
    return fromJson(message.data) as CommandReply;
  };
  const states = async () =>
    (await elb('DescribeTargetHealth', { TargetGroupArn: group })).TargetHealthDescriptions.map(
      ({ TargetHealth }: any) => TargetHealth.State,
    );

  beforeAll(async () => {
    server = await startNatsServer();
    app = await RunningApp.on(server.url, 'apps/load-balancer/src/main.js', 'elasticloadbalancing');
    // As the state store has made it: this app waits for what it folds.
    await openJetStreamJournal(app.nats, 'ecs', { random: systemRandom, clock: systemClock, logger: silentLogger });
    directory = await mkdtemp(join(tmpdir(), 'load-balancer-'));
    await writeFile(environment().LONGSHORE_MASTER_KEY_FILE, `${'ab'.repeat(32)}\n`);
    await app.start(environment());
  }, 30_000);
  afterAll(async () => {
    await app.stop();
    await server.stop();
    await rm(directory, { recursive: true });
  });

  it('answers the API, with addresses as it was configured', async () => {
    const [{ LoadBalancerArn }] = (await elb('CreateLoadBalancer', { Name: 'web' })).LoadBalancers;
    const groupInput = { Name: 'web', Protocol: 'HTTP', Port: 80, TargetType: 'ip' };
    group = (await elb('CreateTargetGroup', groupInput)).TargetGroups[0].TargetGroupArn;
    const DefaultActions = [{ Type: 'forward', TargetGroupArn: group }];
    await elb('CreateListener', { LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions });
    expect((await app.askOf('longshore', 'ListLoadBalancers', {})).output.loadBalancers).toMatchObject([
      { name: 'web', addresses: { own: expect.stringMatching(/^127\.1\./) }, listeners: ['HTTP:80'], state: 'provisioning' },
    ]);
    expect((await app.ask('DeleteTargetGroup', { TargetGroupArn: group })).rejection).toMatchObject({
      code: 'ResourceInUse',
      status: 400,
    });
  });

  it('records what the data plane reports, and lets no target drain beyond its deadline', async () => {
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '1' }];
    await elb('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
    await elb('RegisterTargets', { TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] });
    expect(await states()).toEqual(['initial']);
    await elb('DeregisterTargets', { TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] });
    expect(await states()).toEqual(['draining']);
    while ((await states()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const { loadBalancers } = (await app.askOf('longshore', 'ListLoadBalancers', {})).output;
    await command('RecordLoadBalancerStates', { states: [{ arn: loadBalancers[0].arn, code: 'active' }] });
    expect((await elb('DescribeLoadBalancers', {})).LoadBalancers[0].State).toEqual({ Code: 'active' });
  });

  it('tells what became of targets, from any of its events on', async () => {
    const read = async (input: object) => (await app.askOf('longshore', 'ReadLoadBalancingEvents', input)).output;
    const detailTypes = ['ELB Target Health State Change'];
    const { events } = await read({ after: 'load-balancing:0', detailTypes, resources: [group] });
    expect(events.map(({ detail }: any) => detail.TargetHealth.State)).toEqual(['initial', 'draining', 'unused']);
    const rest = await read({ after: events[0].id, detailTypes, resources: [group] });
    expect(rest.events).toEqual(events.slice(1));
    expect(rest.caughtUp).toBe(true);
  });

  it('has kept everything after kill -9, and shows what was', async () => {
    const before = await elb('DescribeListeners', {
      LoadBalancerArn: (await elb('DescribeLoadBalancers', {})).LoadBalancers[0].LoadBalancerArn,
    });
    await app.kill();
    await app.start(environment());
    const [{ LoadBalancerArn, State }] = (await elb('DescribeLoadBalancers', {})).LoadBalancers;
    expect(State).toEqual({ Code: 'active' });
    expect(await elb('DescribeListeners', { LoadBalancerArn })).toEqual(before);
    const then = await elb('DescribeLoadBalancers', {}, { [apiHeaders.asOf]: 'load-balancing.r2' });
    expect(then.LoadBalancers).toMatchObject([{ LoadBalancerName: 'web', State: { Code: 'provisioning' } }]);
    const explained = async (headers = {}) =>
      (await app.askOf('longshore', 'ExplainBalancing', { loadBalancer: 'web' }, headers)).output;
    expect(await explained()).toMatchObject({ summary: 'Load balancer web is active.', listeners: [{ name: 'HTTP 80' }] });
    expect(await explained({ [apiHeaders.asOf]: 'load-balancing.r2' })).toMatchObject({ state: 'provisioning', listeners: [] });
  }, 30_000);

  it('has the key of a certificate sealed in its journal, and in no answer', async () => {
    const { body, privateKey } = selfSigned('web.example');
    const [Certificate, PrivateKey] = [body, privateKey].map((pem) => Buffer.from(pem).toString('base64'));
    const { CertificateArn } = (await app.askOf('acm', 'ImportCertificate', { Certificate, PrivateKey })).output;
    expect((await app.askOf('acm', 'GetCertificate', { CertificateArn })).output).toEqual({ Certificate: body });
    const deps = { random: systemRandom, clock: systemClock, logger: silentLogger };
    const journal = await openJetStreamJournal(app.nats, 'load-balancing', deps);
    const messages: string[] = [];
    const head = await journal.head();
    for (let revision = 1; revision <= head; revision++) messages.push(JSON.stringify(await journal.read(revision as Revision)));
    const secret = privateKey.split('\n')[1]!;
    expect(messages.some((text) => text.includes('CertificateImported'))).toBe(true);
    expect(messages.filter((text) => text.includes(secret) || text.includes(PrivateKey!))).toEqual([]);
  });
});
