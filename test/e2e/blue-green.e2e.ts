import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ContinueServiceDeploymentCommand,
  CreateServiceCommand,
  type DeploymentLifecycleHook,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask, TestLoad } from '../support/haproxy.js';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

const serving = (revision: string) =>
  oneContainer('web', `trap 'exit 0' TERM; mkdir /w; echo ${revision} > /w/index.html; httpd -f -p 80 -h /w & wait`, {
    portMappings: [{ containerPort: 80 }],
  });

/** A hook of the user's: what it is asked, and what it answers. */
class Hook {
  readonly asked: any[] = [];
  answer = 'SUCCEEDED';
  private constructor(private readonly server: Server) {}

  static async open(): Promise<Hook> {
    const server = createServer((incoming, outgoing) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        hook.asked.push(JSON.parse(Buffer.concat(parts).toString()));
        outgoing.end(JSON.stringify({ hookStatus: hook.answer, callBackDelay: 1 }));
      });
    });
    const hook = new Hook(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return hook;
  }

  get target(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.server.close();
  }
}

/** Two target groups, a production and a test rule, HAProxy and real containers: revisions change places under constant load. */
describe('a blue/green service', () => {
  let longshore: Longshore;
  let hook: Hook;
  let host: string;
  let rules: { production: string; test: string };
  const groups: string[] = [];
  const elb = async (text: string) => (await longshore.aws(text.split(' '), { service: 'elbv2' })).json<any>();
  const target = (port: number) => ({ host, port, path: '/', timeout: 5_000 });
  const page = async (port = 80) => {
    const { status, text } = await ask({ ...target(port), agent: false });
    return status === 200 ? text.trim() : String(status);
  };
  const register = async (revision: string) =>
    (await longshore.ecs.send(new RegisterTaskDefinitionCommand(serving(revision)))).taskDefinition!.taskDefinitionArn!;
  const deployment = async (): Promise<ServiceDeployment> => {
    const { services } = await longshore.ecs.send(new DescribeServicesCommand({ services: ['web'] }));
    const serviceDeploymentArns = [services![0]!.currentServiceDeployment!];
    const { serviceDeployments } = await longshore.ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
    return serviceDeployments![0]!;
  };
  const becomes = (status: string) => eventually(`${status}`, async () => (await deployment()).status === status, 90_000);
  const reaches = (stage: string) => eventually(`${stage}`, async () => (await deployment()).lifecycleStage === stage, 60_000);
  const deploy = async (revision: string, more: Partial<UpdateServiceCommandInput> = {}) => {
    const taskDefinition = await register(revision);
    await longshore.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition, ...more }));
  };
  const withHooks = (...lifecycleHooks: DeploymentLifecycleHook[]) => ({ deploymentConfiguration: { lifecycleHooks } });
  /** Of the named and the alternate target group. */
  const weights = async (rule = rules.production) => {
    const [{ Actions }] = (await elb(`describe-rules --rule-arns ${rule}`)).Rules;
    const of = new Map(Actions[0].ForwardConfig.TargetGroups.map((one: any) => [one.TargetGroupArn, one.Weight]));
    return groups.map((arn) => of.get(arn));
  };
  const running = async () => (await longshore.containers()).filter((container) => container.running).length;

  beforeAll(async () => {
    hook = await Hook.open();
    longshore = await startLongshore();
    const [balancer] = (await elb('create-load-balancer --name web --subnets subnet-1 subnet-2')).LoadBalancers;
    for (const name of ['blue', 'green']) {
      const [made] = (await elb(`create-target-group --name ${name} --vpc-id vpc-1 --protocol HTTP --port 80`)).TargetGroups;
      groups.push(made.TargetGroupArn);
      const attributes = 'Key=longshore.health_check.interval_ms,Value=200 Key=deregistration_delay.timeout_seconds,Value=5';
      await elb(`modify-target-group-attributes --target-group-arn ${made.TargetGroupArn} --attributes ${attributes}`);
    }
    const rule = async (port: number) => {
      const listen = `create-listener --load-balancer-arn ${balancer.LoadBalancerArn} --protocol HTTP --port ${port}`;
      const { Listeners } = await elb(`${listen} --default-actions Type=fixed-response,FixedResponseConfig={StatusCode=503}`);
      const condition = 'Field=path-pattern,Values=/*';
      const actions = `Type=forward,TargetGroupArn=${groups[0]}`;
      const create = `create-rule --listener-arn ${Listeners[0].ListenerArn} --priority 1 --conditions ${condition}`;
      return (await elb(`${create} --actions ${actions}`)).Rules[0].RuleArn as string;
    };
    rules = { production: await rule(80), test: await rule(8_080) };
    const { loadBalancers } = JSON.parse((await longshore.run('status', '--json')).stdout);
    host = loadBalancers[0].addresses.own;
    await longshore.ecs.send(
      new CreateServiceCommand({
        serviceName: 'web',
        taskDefinition: await register('one'),
        desiredCount: 3,
        deploymentConfiguration: { strategy: 'BLUE_GREEN' },
        loadBalancers: [
          {
            targetGroupArn: groups[0],
            containerName: 'main',
            containerPort: 80,
            advancedConfiguration: {
              alternateTargetGroupArn: groups[1],
              productionListenerRule: rules.production,
              testListenerRule: rules.test,
            },
          },
        ],
      }),
    );
    await becomes('SUCCESSFUL');
  }, 180_000);
  afterAll(async () => {
    hook?.close();
    await longshore?.purge();
  }, 60_000);

  it('goes there and back without losing a request', async () => {
    expect(await page()).toBe('one');
    const load = new TestLoad(target(80), 8);
    await deploy('two');
    await becomes('SUCCESSFUL');
    expect(await weights()).toEqual([0, 100]);
    expect(await page()).toBe('two');
    await deploy('three');
    await becomes('SUCCESSFUL');
    expect(await weights()).toEqual([100, 0]);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(500);
    expect(await page()).toBe('three');
    expect(await running()).toBe(3);
  }, 180_000);

  it('waits for its pause hook, with the test traffic on the new revision only', async () => {
    await deploy('four', withHooks({ targetType: 'PAUSE', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'] }));
    await reaches('POST_TEST_TRAFFIC_SHIFT');
    expect([await page(80), await page(8_080)]).toEqual(['three', 'four']);
    expect(await running()).toBe(6);
    const { serviceDeploymentArn, lifecycleHookDetails } = await deployment();
    expect(lifecycleHookDetails).toMatchObject([{ targetType: 'PAUSE', status: 'AWAITING_ACTION' }]);
    const { hookId } = lifecycleHookDetails![0]!;
    expect((await longshore.run('explain', 'service', 'web')).stdout).toContain('POST_TEST_TRAFFIC_SHIFT');
    await longshore.ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId }));
    await becomes('SUCCESSFUL');
    expect(await page()).toBe('four');
  }, 120_000);

  it('goes back when its hook fails, without losing a request', async () => {
    hook.answer = 'FAILED';
    const load = new TestLoad(target(80), 8);
    const lifecycleHook: DeploymentLifecycleHook = {
      hookTargetArn: hook.target,
      lifecycleStages: ['POST_PRODUCTION_TRAFFIC_SHIFT'],
    };
    await deploy('five', withHooks({ ...lifecycleHook, hookDetails: { try: 'this' } }));
    await becomes('ROLLBACK_SUCCESSFUL');
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(await page()).toBe('four');
    expect(await weights()).toEqual([0, 100]);
    const { targetServiceRevision } = await deployment();
    expect(hook.asked).toMatchObject([
      {
        lifecycleStage: 'POST_PRODUCTION_TRAFFIC_SHIFT',
        executionDetails: { targetServiceRevisionArn: targetServiceRevision!.arn },
        hookDetails: { try: 'this' },
      },
    ]);
  }, 120_000);

  it('bakes with both revisions, is taken back by its user at once, and loses nothing', async () => {
    const load = new TestLoad(target(80), 8);
    await deploy('six', { deploymentConfiguration: { bakeTimeInMinutes: 60, lifecycleHooks: [] } });
    await reaches('BAKE_TIME');
    expect(await page()).toBe('six');
    expect(await running()).toBe(6);
    const { serviceDeploymentArn } = await deployment();
    await longshore.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }));
    await eventually('the traffic', async () => (await page()) === 'four', 3_000);
    await becomes('ROLLBACK_SUCCESSFUL');
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(await running()).toBe(3);
  }, 120_000);

  it('ends where its deployment says after kill -9 of scheduler and load balancer in the middle', async () => {
    hook.answer = 'IN_PROGRESS';
    const lifecycleHooks: DeploymentLifecycleHook[] = [
      { hookTargetArn: hook.target, lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'] },
    ];
    await deploy('seven', { deploymentConfiguration: { bakeTimeInMinutes: 0, lifecycleHooks } });
    await reaches('POST_TEST_TRAFFIC_SHIFT');
    await Promise.all(['scheduler', 'load-balancer'].map((name) => longshore.kill9(name)));
    hook.answer = 'SUCCEEDED';
    await longshore.kill9('state-store');
    await longshore.ready();
    await becomes('SUCCESSFUL');
    expect(await weights()).toEqual([100, 0]);
    expect(await weights(rules.test)).toEqual([100, 0]);
    await eventually('its page', async () => (await page()) === 'seven');
    expect(await running()).toBe(3);
  }, 120_000);
});
