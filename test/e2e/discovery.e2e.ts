import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Resolver } from 'node:dns/promises';
import { RegisterTaskDefinitionCommand, waitUntilServicesStable } from '@aws-sdk/client-ecs';
import { DiscoverInstancesCommand, ServiceDiscoveryClient } from '@aws-sdk/client-servicediscovery';
import { ask } from '../support/haproxy.js';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

/** What a client may go on trying after a task is gone. */
const FORGOTTEN_WITHIN_MS = 2_000;

/** The real AWS CLI makes a namespace and a service of Cloud Map; ECS's tasks are found by DNS, from the host and from other tasks. */
describe('a discovered service', () => {
  let longshore: Longshore;
  let registryArn: string;
  const names = new Resolver({ timeout: 1_000, tries: 1 });
  const cli = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();
  const map = (text: string) => cli('servicediscovery', ...text.split(' '));
  const stable = () =>
    waitUntilServicesStable({ client: longshore.ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { services: ['web'] });
  const ports = async (): Promise<readonly number[]> => {
    try {
      return (await names.resolveSrv('web.internal')).map(({ port }) => port).sort((a, b) => a - b);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENODATA') return [];
      throw error;
    }
  };
  const found = (count: number) => eventually(`${count} instances`, async () => (await ports()).length === count);
  /** What a container prints, run to its end. */
  const printed = async (script: string): Promise<string> => {
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(oneContainer('client', `${script} 2>&1; ${forever}`)));
    const { tasks } = await cli('ecs', 'run-task', '--task-definition', 'client');
    const { taskArn } = tasks[0];
    let text = '';
    await eventually('its words', async () => {
      const container = (await longshore.containers()).find((one) => one.taskArn === taskArn);
      if (!container) return false;
      text = (await longshore.docker.getContainer(container.id).logs({ stdout: true, stderr: true })).toString('utf8');
      return text.includes('done');
    });
    await cli('ecs', 'stop-task', '--task', taskArn);
    return text;
  };

  beforeAll(async () => {
    longshore = await startLongshore();
    const { processes = [] } = await longshore.status();
    const [endpoint] = processes.flatMap((one) => (one as { dns?: readonly string[] }).dns ?? []);
    names.setServers([endpoint!]);
    const { OperationId } = await map('create-private-dns-namespace --name internal --vpc vpc-1');
    const { Operation } = await map(`get-operation --operation-id ${OperationId}`);
    const dns = 'DnsRecords=[{Type=SRV,TTL=60}]';
    const create = `create-service --name web --namespace-id ${Operation.Targets.NAMESPACE} --dns-config ${dns}`;
    registryArn = (await map(`${create} --health-check-custom-config FailureThreshold=1`)).Service.Arn;
    const script = `trap 'exit 0' TERM; mkdir /w; hostname > /w/index.html; httpd -f -p 80 -h /w & wait`;
    const web = oneContainer('web', script, { portMappings: [{ containerPort: 80 }] });
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(web));
    const registries = `registryArn=${registryArn},containerName=main,containerPort=80`;
    const service = 'create-service --service-name web --task-definition web --desired-count 2 --service-registries';
    await cli('ecs', ...service.split(' '), registries);
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('is found by SRV with the host ports of its tasks, and answers there', async () => {
    await stable();
    await found(2);
    for (const { name, port } of await names.resolveSrv('web.internal')) {
      const [host] = await names.resolve4(name);
      const { status } = await ask({ host: host!, port, path: '/', timeout: 5_000 });
      expect(status).toBe(200);
    }
    const sdk = new ServiceDiscoveryClient({
      endpoint: longshore.endpoint,
      region: 'us-east-1',
      credentials: longshore.keys,
      disableHostPrefix: true,
    });
    const { Instances } = await sdk.send(new DiscoverInstancesCommand({ NamespaceName: 'internal', ServiceName: 'web' }));
    sdk.destroy();
    const told = Instances!.map(({ Attributes }) => Number(Attributes!.AWS_INSTANCE_PORT));
    expect(told.toSorted((a, b) => a - b)).toEqual(await ports());
  }, 60_000);

  it('is found from other tasks by the same name, and the rest of the world by the host’s resolvers', async () => {
    const asked = await printed('nslookup -type=srv web.internal; cat /etc/resolv.conf; echo done');
    expect(asked).toContain('web.internal');
    for (const port of await ports()) expect(asked).toContain(String(port));
  }, 60_000);

  it('is found as scripts do that know neither: its tasks’ instances, and what EC2 says of their hosts', async () => {
    const { taskArns } = await cli('ecs', 'list-tasks', '--service-name', 'web');
    const [task] = (await cli('ecs', 'describe-tasks', '--tasks', ...taskArns)).tasks;
    const described = await cli('ecs', 'describe-container-instances', '--container-instances', task.containerInstanceArn);
    const [{ ec2InstanceId }] = described.containerInstances;
    const { Reservations } = await cli('ec2', 'describe-instances', '--instance-ids', ec2InstanceId);
    const [{ InstanceId, PrivateIpAddress }] = Reservations[0].Instances;
    expect(InstanceId).toBe(ec2InstanceId);
    const [{ hostPort }] = task.containers[0].networkBindings;
    expect((await ask({ host: PrivateIpAddress, port: hostPort, path: '/', timeout: 5_000 })).status).toBe(200);
  }, 60_000);

  it('is called by other tasks at the host and port that SRV says', async () => {
    const find = `nslookup -type=srv web.internal | sed -n 's/.*service = [0-9]* [0-9]* \\([0-9]*\\) \\(.*\\)/\\2:\\1/p' | head -n 1`;
    const answered = await printed(`echo answer: $(wget -q -O - http://$(${find})/); echo done`);
    // It says its hostname, which Docker makes of the container's id.
    const [, hostname] = /answer: ([0-9a-f]{12})/.exec(answered) ?? [];
    const tasks = (await longshore.containers()).filter(({ id }) => hostname !== undefined && id.startsWith(hostname));
    const { taskArns } = await cli('ecs', 'list-tasks', '--service-name', 'web');
    expect({ answered, by: tasks.map(({ taskArn }) => taskArns.includes(taskArn)) }).toMatchObject({ by: [true] });
  }, 60_000);

  it('loses a task that is killed from its name at once', async () => {
    const before = await ports();
    // Not the tasks that asked, which may be ending yet.
    const { taskArns } = await cli('ecs', 'list-tasks', '--service-name', 'web');
    const container = (await longshore.containers()).find(({ taskArn }) => taskArn === taskArns[0])!;
    const info = await longshore.docker.getContainer(container.id).inspect();
    const [binding] = info.NetworkSettings.Ports['80/tcp']!;
    const gone = Number(binding!.HostPort);
    expect(before).toContain(gone);
    await longshore.docker.getContainer(container.id).kill();
    const killedAt = performance.now();
    await eventually('its end in DNS', async () => !(await ports()).includes(gone));
    expect(performance.now() - killedAt).toBeLessThan(FORGOTTEN_WITHIN_MS);
    await found(2);
  }, 60_000);

  it('goes on being answered after kill -9 of the load balancer', async () => {
    await longshore.kill9('load-balancer');
    await longshore.ready();
    await found(2);
  }, 60_000);

  it('lets a task call another one through a load balancer by its name', async () => {
    const elb = (text: string) => cli('elbv2', ...text.split(' '));
    const [balancer] = (await elb('create-load-balancer --name front --subnets subnet-1 subnet-2')).LoadBalancers;
    const fixed = 'Type=fixed-response,FixedResponseConfig={StatusCode=200,MessageBody=balanced}';
    await elb(
      `create-listener --load-balancer-arn ${balancer.LoadBalancerArn} --protocol HTTP --port 80 --default-actions ${fixed}`,
    );
    // A listener is there a moment after the answer.
    const asked = `until wget -q -O - http://${balancer.DNSName}/; do sleep 0.1; done; echo done`;
    expect(await printed(asked)).toContain('balanced');
  }, 60_000);

  it('is gone from Cloud Map with its tasks', async () => {
    expect((await longshore.aws(['delete-service', '--id', registryArn], { service: 'servicediscovery' })).stderr).toContain(
      'ResourceInUse',
    );
    await cli('ecs', 'delete-service', '--service', 'web', '--force');
    await found(0);
    const { code } = await longshore.aws(['delete-service', '--id', registryArn], { service: 'servicediscovery' });
    expect(code).toBe(0);
    await expect(names.resolveSrv('web.internal')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  }, 60_000);
});
