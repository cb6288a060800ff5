import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { ask, TestLoad } from '../support/haproxy.js';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

/** Serves its revision, and at /task and /stats what it is told of itself. */
const serving = (revision: string) => ({
  ...oneContainer(
    'web',
    `trap 'exit 0' TERM; mkdir /w; echo ${revision} > /w/index.html; ` +
      'wget -q -O /w/task $ECS_CONTAINER_METADATA_URI_V4/task; wget -q -O /w/stats $ECS_CONTAINER_METADATA_URI_V4/task/stats; ' +
      'httpd -f -p 80 -h /w & wait',
    {
      portMappings: [{ containerPort: 80 }],
      memory: undefined,
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': '/ecs/web',
          'awslogs-region': 'us-east-1',
          'awslogs-stream-prefix': 'ecs',
          'awslogs-create-group': 'true',
        },
      },
    },
  ),
  networkMode: 'awsvpc' as const,
  requiresCompatibilities: ['FARGATE' as const],
  cpu: '256',
  memory: '512',
});

/** A service as most are written for ECS: Fargate, in a cluster without instances, behind a load balancer that knows addresses. */
describe('a service of Fargate', () => {
  let longshore: Longshore;
  let host: string;
  let group: string;
  let subnets: readonly string[];
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();
  const register = async (revision: string) =>
    (await longshore.ecs.send(new RegisterTaskDefinitionCommand(serving(revision)))).taskDefinition!.taskDefinitionArn!;
  const page = async (at: string, path = '/') =>
    (await ask({ host: at, port: 80, path, timeout: 5_000, agent: false })).text.trim();
  const interfaces = async () =>
    (await cli('ec2', 'describe-network-interfaces')).NetworkInterfaces as { PrivateIpAddress: string }[];
  const healthy = (count: number) =>
    eventually(`${count} healthy targets`, async () => {
      const { TargetHealthDescriptions: all } = await cli('elbv2', `describe-target-health --target-group-arn ${group}`);
      return all.length === count && all.every(({ TargetHealth }: any) => TargetHealth.State === 'healthy');
    });
  const tasks = async () => {
    const { taskArns } = await cli('ecs', 'list-tasks --cluster apps');
    return taskArns.length === 0 ? [] : (await cli('ecs', `describe-tasks --cluster apps --tasks ${taskArns.join(' ')}`)).tasks;
  };

  beforeAll(async () => {
    longshore = await startLongshore();
    const { Subnets } = await cli('ec2', 'describe-subnets');
    subnets = Subnets.map(({ SubnetId }: any) => SubnetId);
    await cli('ecs', 'create-cluster --cluster-name apps --capacity-providers FARGATE FARGATE_SPOT');
    const [balancer] = (await cli('elbv2', `create-load-balancer --name web --subnets ${subnets.join(' ')}`)).LoadBalancers;
    const made = await cli(
      'elbv2',
      `create-target-group --name web --protocol HTTP --port 80 --target-type ip --vpc-id ${Subnets[0].VpcId}`,
    );
    group = made.TargetGroups[0].TargetGroupArn;
    const attributes = 'Key=longshore.health_check.interval_ms,Value=200 Key=deregistration_delay.timeout_seconds,Value=10';
    await cli('elbv2', `modify-target-group-attributes --target-group-arn ${group} --attributes ${attributes}`);
    const listen = `create-listener --load-balancer-arn ${balancer.LoadBalancerArn} --protocol HTTP --port 80`;
    await cli('elbv2', `${listen} --default-actions Type=forward,TargetGroupArn=${group}`);
    await cli(
      'ecs',
      `create-service --cluster apps --service-name web --task-definition ${await register('one')} --desired-count 2 --launch-type FARGATE ` +
        `--network-configuration awsvpcConfiguration={subnets=[${subnets.join(',')}],assignPublicIp=ENABLED} ` +
        `--load-balancers targetGroupArn=${group},containerName=main,containerPort=80`,
    );
    const { loadBalancers } = JSON.parse((await longshore.run('status', '--json')).stdout);
    host = loadBalancers[0].addresses.own;
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('has two tasks with the same port on one host, each with an address of its own', async () => {
    await healthy(2);
    expect(await page(host)).toBe('one');
    const all = await tasks();
    const addresses: string[] = all.map(({ containers }: any) => containers[0].networkInterfaces[0].privateIpv4Address);
    expect(new Set(addresses).size).toBe(2);
    expect((await interfaces()).map(({ PrivateIpAddress }) => PrivateIpAddress).sort()).toEqual(addresses.toSorted());
    for (const address of addresses) expect(await page(address)).toBe('one');
    const told = JSON.parse(await page(addresses[0]!, '/task'));
    expect(told).toMatchObject({ Cluster: 'apps', LaunchType: 'FARGATE', Limits: { CPU: 0.25, Memory: 512 } });
    expect(told.Containers[0].Networks).toMatchObject([
      { NetworkMode: 'awsvpc', IPv4Addresses: [addresses[0]], IPv4SubnetCIDRBlock: expect.stringMatching(/\/20$/) },
    ]);
    const figures = JSON.parse(await page(addresses[0]!, '/stats'))[told.Containers[0].DockerId];
    expect(figures).toMatchObject({
      name: `/${told.Containers[0].DockerName}`,
      memory_stats: { limit: 512 * 1024 * 1024 },
      networks: { eth0: { rx_errors: 0 } },
      network_rate_stats: { rx_bytes_per_sec: expect.any(Number) },
    });
    expect(figures.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(0);
    expect(figures.networks.eth0.rx_bytes).toBeGreaterThan(0);
  }, 60_000);

  it('loses no request while it is rolled out, and leaves no address behind', async () => {
    const load = new TestLoad({ host, port: 80, path: '/', timeout: 5_000 }, 8);
    await cli('ecs', `update-service --cluster apps --service web --task-definition ${await register('two')}`);
    await eventually('the second everywhere', async () => {
      const [{ deployments }] = (await cli('ecs', 'describe-services --cluster apps --services web')).services;
      return deployments.length === 1 && deployments[0].rolloutState === 'COMPLETED';
    });
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(await page(host)).toBe('two');
    await eventually('two interfaces', async () => (await interfaces()).length === 2);
  }, 90_000);

  it('survives kill -9 of the network and of agents, and replaces a task whose pause container is killed', async () => {
    await longshore.kill9('network');
    await longshore.kill9('agent');
    const before = await tasks();
    const [pause] = await longshore.docker.listContainers({
      filters: { label: ['com.amazonaws.ecs.container-name=~internal~ecs~pause'] },
    });
    await longshore.docker.getContainer(pause!.Id).kill();
    const gone = pause!.Labels['com.amazonaws.ecs.task-arn'];
    await eventually('its replacement', async () => {
      const now = await tasks();
      return now.length === 2 && now.every(({ taskArn, lastStatus }: any) => taskArn !== gone && lastStatus === 'RUNNING');
    });
    expect(before.map(({ taskArn }: any) => taskArn)).toContain(gone);
    await healthy(2);
  }, 90_000);

  it('is gone without a trace when it is deleted', async () => {
    await cli('ecs', 'delete-service --cluster apps --service web --force');
    await eventually('no interface', async () => (await interfaces()).length === 0);
    const running = await longshore.docker.listContainers({ filters: { label: ['com.amazonaws.ecs.cluster=apps'] } });
    expect(running).toEqual([]);
  }, 60_000);

  it('is refused with a subnet that is not there', async () => {
    const network = 'awsvpcConfiguration={subnets=[subnet-1]}';
    const run = `run-task --cluster apps --task-definition web --launch-type FARGATE --network-configuration ${network}`;
    const { code, stderr } = await longshore.aws(run.split(' '));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/InvalidParameterException.*The subnet ID 'subnet-1' does not exist/s);
  }, 30_000);
});
