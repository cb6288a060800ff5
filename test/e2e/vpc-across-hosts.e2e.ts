import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { execute, eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { addSecondHost, type SecondHost } from '../support/second-host.js';
import { oneContainer } from './task-definitions.js';

const LOST_GRACE_MS = 2_000;
/** Answers at two ports. */
const serving = {
  ...oneContainer(
    'web',
    `trap 'exit 0' TERM; mkdir /w; echo here > /w/index.html; httpd -p 81 -h /w; httpd -f -p 80 -h /w & wait`,
  ),
  networkMode: 'awsvpc' as const,
};

/** Tasks of one VPC on two hosts: this machine, and a network namespace with an engine and an agent of its own. */
describe('a VPC on two hosts', () => {
  let longshore: Longshore;
  let second: SecondHost;
  let subnet: string;
  /** Where each host is reached, from the other one and from somebody else of the segment beside that. */
  let sides: Readonly<
    Record<'here' | 'there', { address: string; neighbour: string; outsider: string; from: SecondHost['execute'] }>
  >;
  let hosts: Readonly<Record<'here' | 'there', string>>;
  const groups: Record<string, string> = {};
  const addresses: Record<string, string> = {};
  const containers: Record<string, string> = {};
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();

  /** From inside a task; nobody answers what is dropped, so that is waited for a second. */
  async function reaches(from: string, to: string, port = 80): Promise<boolean> {
    return inContainer(from === 'web' ? 'there' : 'here', containers[from]!, `http://${addresses[to]}:${port}/`);
  }
  async function inContainer(side: 'here' | 'there', runtimeId: string, url: string): Promise<boolean> {
    const { docker } = side === 'there' ? second.engine : longshore;
    const ask = ['timeout', '1', 'wget', '-q', '-O', '/dev/null', url];
    const exec = await docker.getContainer(runtimeId).exec({ Cmd: ask, AttachStdout: true });
    const stream = await exec.start({});
    await new Promise((resolve) => stream.on('end', resolve).resume());
    return (await exec.inspect()).ExitCode === 0;
  }
  const letIn = (group: string, from: string) =>
    cli(
      'ec2',
      `authorize-security-group-ingress --group-id ${groups[group]} --protocol tcp --port 80 --source-group ${groups[from]}`,
    );
  /** `web` there, the others here. */
  async function runTask(name: 'client' | 'stranger' | 'web'): Promise<void> {
    const network = `awsvpcConfiguration={subnets=[${subnet}],securityGroups=[${groups[name]}]}`;
    const host = name === 'web' ? hosts.there : hosts.here;
    const start = `start-task --task-definition web --container-instances ${host} --network-configuration ${network}`;
    const taskArn = await eventually(`a place for ${name}`, async () => (await cli('ecs', start)).tasks[0]?.taskArn as string);
    await eventually(`${name} to run`, async () => {
      const [task] = (await cli('ecs', `describe-tasks --tasks ${taskArn}`)).tasks;
      addresses[name] = task.containers[0].networkInterfaces?.[0]?.privateIpv4Address;
      containers[name] = task.containers[0].runtimeId;
      return task.lastStatus === 'RUNNING';
    });
  }
  /** The devices that lead to other hosts. */
  const devices = async (): Promise<string[]> =>
    JSON.parse((await execute('ip', ['-json', 'link', 'show', 'type', 'vxlan'])).stdout || '[]').flatMap(({ ifname }: any) =>
      ifname?.startsWith('lsvx') ? [ifname] : [],
    );

  beforeAll(async () => {
    process.env.LONGSHORE_LOST_GRACE_MS = String(LOST_GRACE_MS);
    second = await addSecondHost();
    process.env.LONGSHORE_LOAD_BALANCER_SHARED_ADDRESS = second.firstAddress;
    const { firstAddress, address } = second;
    const [ours, theirs] = ['.9', '.8'].map((last) => firstAddress.replace(/\.1$/, last)) as [string, string];
    sides = {
      there: { address, neighbour: firstAddress, outsider: ours, from: (program, ...args) => execute(program, args) },
      here: { address: firstAddress, neighbour: address, outsider: theirs, from: (...command) => second.execute(...command) },
    };
    for (const { outsider, from } of Object.values(sides)) await from('ip', 'address', 'replace', `${outsider}/32`, 'dev', 'lo');
    longshore = await startLongshore('--listen', firstAddress, '--address', firstAddress);
    const first = (await cli('ecs', 'list-container-instances')).containerInstanceArns[0];
    const made = await longshore.run('join-token', '--expires', '10m');
    expect(await second.run('up', '-d', '--allow', 'network', '--join', made.stdout.trim())).toMatchObject({ code: 0 });
    const there = await eventually('two instances', async () =>
      (await cli('ecs', 'list-container-instances')).containerInstanceArns.find((arn: string) => arn !== first),
    );
    hosts = { here: first, there };
    const { Subnets } = await cli('ec2', 'describe-subnets');
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(serving));
    for (const name of ['client', 'stranger', 'web', 'balanced']) {
      groups[name] = (await cli('ec2', `create-security-group --group-name ${name} --description ${name}`)).GroupId;
    }
    subnet = Subnets[0].SubnetId;
    await Promise.all((['client', 'stranger', 'web'] as const).map(runTask));
  }, 180_000);
  afterAll(async () => {
    second?.heal();
    if (sides) await execute('ip', ['address', 'del', `${sides.there.outsider}/32`, 'dev', 'lo']);
    await longshore?.purge();
    await second?.remove();
  }, 120_000);

  it('lets its tasks reach each other as their security groups say, and nobody else', async () => {
    expect(await reaches('client', 'web')).toBe(false);
    await letIn('web', 'client');
    await eventually('the member to be let in', () => reaches('client', 'web'));
    const [otherPort, stranger, back] = await Promise.all([
      reaches('client', 'web', 81),
      reaches('stranger', 'web'),
      reaches('web', 'client'),
    ]);
    expect({ otherPort, stranger, back }).toEqual({ otherPort: false, stranger: false, back: false });
    await letIn('client', 'web');
    await eventually('the other way', () => reaches('web', 'client'));
  }, 60_000);

  it('lets a load balancer of the first host reach a target on the second one', async () => {
    const create = `create-load-balancer --name web --security-groups ${groups.balanced}`;
    const [{ LoadBalancerArn }] = (await cli('elbv2', create)).LoadBalancers;
    const [{ TargetGroupArn }] = (
      await cli('elbv2', 'create-target-group --name web --protocol HTTP --port 80 --target-type ip --vpc-id vpc-1')
    ).TargetGroups;
    const often = 'Key=longshore.health_check.interval_ms,Value=200';
    await cli('elbv2', `modify-target-group-attributes --target-group-arn ${TargetGroupArn} --attributes ${often}`);
    const listen = `create-listener --load-balancer-arn ${LoadBalancerArn} --protocol HTTP --port 80`;
    await cli('elbv2', `${listen} --default-actions Type=forward,TargetGroupArn=${TargetGroupArn}`);
    const register = `register-targets --target-group-arn ${TargetGroupArn} --targets Id=${addresses.web},Port=80`;
    expect(await longshore.aws(register.split(' '), { service: 'elbv2' })).toMatchObject({ code: 0 });
    const { loadBalancers } = JSON.parse((await longshore.run('status', '--json')).stdout);
    const answer = async () => (await execute('curl', ['-s', '-m', '2', `http://${loadBalancers[0].addresses.own}/`])).stdout;
    expect(await answer()).not.toBe('here\n');
    await letIn('web', 'balanced');
    await eventually('its answer', async () => (await answer()) === 'here\n');
  }, 120_000);

  it('lets those come to the load balancer that its groups let in, from other hosts and from tasks', async () => {
    const { loadBalancers } = JSON.parse((await longshore.run('status', '--json')).stdout);
    addresses.front = loadBalancers[0].addresses.containers;
    const fromThere = async () =>
      (await second.execute('curl', '-s', '-m', '1', `http://${second.firstAddress}/`)).stdout === 'here\n';
    expect([await fromThere(), await reaches('client', 'front')]).toEqual([false, false]);
    const rule = `--group-id ${groups.balanced} --protocol tcp --port 80 --cidr ${second.address}/32`;
    await cli('ec2', `authorize-security-group-ingress ${rule}`);
    await eventually('the other host to be let in', fromThere);
    expect(await reaches('client', 'front')).toBe(false);
    const explained = await longshore.run('explain', 'connection', second.address, 'web:80');
    expect(explained.stdout).toMatch(/let through[^]*sgr-\w+ of \S+ \(balanced\) allows tcp 80/);
    await letIn('balanced', 'client');
    await eventually('the task to be let in', () => reaches('client', 'front'));
    await cli('ec2', `revoke-security-group-ingress ${rule}`);
    await eventually('the other host to be kept out', async () => !(await fromThere()));
  }, 120_000);

  it.each([
    ['bridge', 'there', 80],
    ['host', 'there', 8_080],
    ['bridge', 'here', 80],
    ['host', 'here', 18_080],
  ] as const)(
    'has ports that tasks in %s mode have %s open to other hosts as the group of the instance says, and to its tasks as their own groups say',
    async (networkMode, side, containerPort) => {
      const ports = networkMode === 'bridge' ? '49153-65535' : String(containerPort);
      const script = `trap 'exit 0' TERM; mkdir /w; echo here > /w/index.html; httpd -f -p ${containerPort} -h /w & wait`;
      const { containerDefinitions } = oneContainer(networkMode, script);
      await longshore.ecs.send(
        new RegisterTaskDefinitionCommand({
          family: networkMode,
          networkMode,
          containerDefinitions: containerDefinitions.map((one) => ({ ...one, portMappings: [{ containerPort }] })),
        }),
      );
      const started = await cli('ecs', `start-task --task-definition ${networkMode} --container-instances ${hosts[side]}`);
      const [{ taskArn }] = started.tasks;
      const { runtimeId, port } = await eventually('its port', async () => {
        const [task] = (await cli('ecs', `describe-tasks --tasks ${taskArn}`)).tasks;
        const [{ runtimeId, networkBindings }] = task.containers;
        return task.lastStatus === 'RUNNING' && { runtimeId: runtimeId as string, port: networkBindings[0].hostPort as number };
      });
      const { address, neighbour, outsider, from } = sides[side];
      const open = async (source: string) =>
        (await from('curl', '--interface', source, '-s', '-m', '1', `http://${address}:${port}/`)).stdout === 'here\n';
      await eventually('the other host to be let in', () => open(neighbour));
      expect(await open(outsider)).toBe(false);
      const why = async () => (await longshore.run('explain', 'connection', outsider, `${taskArn}:${port}`)).stdout;
      expect(await why()).toMatch(/dropped, so it times out[^]*no ingress rule allows it: \S+ \(default\)/);
      const named = 'describe-security-groups --filters Name=group-name,Values=default';
      const [{ GroupId }] = (await cli('ec2', named)).SecurityGroups;
      const rule = `--protocol tcp --port ${ports} --cidr ${outsider}/32`;
      await cli('ec2', `authorize-security-group-ingress --group-id ${GroupId} ${rule}`);
      await eventually('the outsider to be let in', () => open(outsider));
      expect(await why()).toMatch(new RegExp(`let through[^]*allows tcp ${ports}`));
      await cli('ec2', `revoke-security-group-ingress --group-id ${GroupId} ${rule}`);
      await eventually('the outsider to be kept out', async () => !(await open(outsider)));
      // The other engines of this machine make rules in its one network; how a task comes to ports of its own host is seen where there is one.
      if (side === 'here') return;
      // A task of another host comes as that host, one of this host is inside: what is left to say is what their own groups let out.
      addresses.host = address;
      await Promise.all(
        (['stranger', 'web'] as const).map(async (task) => {
          const asks = () => reaches(task, 'host', port);
          const egress = (verb: string, permission: string, cidr: string) =>
            cli(
              'ec2',
              `${verb}-security-group-egress --group-id ${groups[task]} --ip-permissions ${permission},IpRanges=[{CidrIp=${cidr}}]`,
            );
          expect(await asks()).toBe(true);
          await egress('revoke', 'IpProtocol=-1', '0.0.0.0/0');
          await eventually('the task to be kept in', async () => !(await asks()));
          await egress('authorize', `IpProtocol=tcp,FromPort=${port},ToPort=${port}`, `${address}/32`);
          await eventually('the task to be let out', asks);
          await egress('authorize', 'IpProtocol=-1', '0.0.0.0/0');
        }),
      );
      // To tasks with addresses of their own, one in host mode is the host, the router of their VPC. One in bridge mode does not get there:
      // the engine keeps its bridges apart.
      const url = `http://${addresses.web}:81/`;
      const hostAsks = async () => (await second.execute('curl', '-s', '-m', '1', url)).stdout === 'here\n';
      const anybody = `--group-id ${groups.web} --protocol tcp --port 81 --cidr 0.0.0.0/0`;
      expect([await hostAsks(), await inContainer(side, runtimeId, url)]).toEqual([false, false]);
      await cli('ec2', `authorize-security-group-ingress ${anybody}`);
      await eventually('the host to be let in', hostAsks);
      expect(await inContainer(side, runtimeId, url)).toBe(networkMode === 'host');
      await cli('ec2', `revoke-security-group-ingress ${anybody}`);
      await eventually('the host to be kept out', async () => !(await hostAsks()));
      expect(await inContainer(side, runtimeId, url)).toBe(false);
    },
    60_000,
  );

  it('is put back when somebody took its ways away, and goes on while no agent runs', async () => {
    const [device] = await devices();
    await execute('ip', ['link', 'del', 'dev', device!]);
    expect(await reaches('client', 'web')).toBe(false);
    await eventually('the way', () => reaches('client', 'web'));
    expect((await second.run('down')).code).toBe(0);
    expect(await reaches('client', 'web')).toBe(true);
    expect((await second.run('up', '-d')).code).toBe(0);
  }, 60_000);

  it('forgets the tasks of a host that is lost, and leaves nothing behind', async () => {
    // While its agent was away the host may have been given up already, and its task with it.
    await runTask('web');
    const [device] = await devices();
    const entries = async () =>
      (await execute('bridge', ['fdb', 'show', 'dev', device!])).stdout.split('\n').filter((line) => / dst /.test(line));
    await eventually('a way to it', async () => (await entries()).length > 0);
    second.cut();
    await eventually('no way to it', async () => (await entries()).length === 0);
    second.heal();
    await longshore.purge();
    expect(await devices()).toEqual([]);
  }, 60_000);
});
