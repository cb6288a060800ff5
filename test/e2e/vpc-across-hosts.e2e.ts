import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { isDeepStrictEqual } from 'node:util';
import { askApi } from '../../apps/launcher/src/api/api-client.js';
import { execute, eventually, type Longshore, REGION, startLongshore } from '../support/longshore.js';
import { addOutsider } from '../support/outsider.js';
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

const SIDES = ['here', 'there'] as const;
type Side = (typeof SIDES)[number];
/** Of tasks in host mode. */
const HOST_PORTS = { here: 18_080, there: 8_080 } as const;
const MODES = ['bridge', 'host', 'awsvpc'] as const;
interface Target {
  readonly mode: (typeof MODES)[number];
  readonly side: Side;
}
interface Source {
  /** Outside: another machine of the hosts' segment. It knows no way to addresses of a VPC. */
  readonly mode: Target['mode'] | 'outside';
  readonly side: Side;
}
const TARGETS: readonly Target[] = MODES.flatMap((mode) => SIDES.map((side) => ({ mode, side })));
const keyOf = ({ mode, side }: Source): string => `${mode} ${side}`;
const PAIRS = [...TARGETS, ...SIDES.map((side) => ({ mode: 'outside', side }) as const)].flatMap((from: Source) =>
  TARGETS.filter(({ mode, side }) =>
    // From outside each host is seen from the other one's side, and a task does not need a network to reach itself.
    from.mode === 'outside'
      ? mode !== 'awsvpc' && side === from.side
      : !(mode === 'awsvpc' && keyOf(from) === 'awsvpc there' && side === 'there'),
  ).map((to) => ({ from, to })),
);
type Allowed = (from: Source, to: Target) => boolean;

/** Tasks of one VPC on two hosts: this machine, and a network namespace with an engine and an agent of its own. */
describe('a VPC on two hosts', () => {
  let longshore: Longshore;
  let second: SecondHost;
  let subnet: string;
  /** Where each host is reached, from the other one and from somebody else of the segment beside that. */
  let sides: Readonly<Record<Side, { address: string; neighbour: string; outsider: string; from: SecondHost['execute'] }>>;
  let hosts: Readonly<Record<Side, string>>;
  const groups: Record<string, string> = {};
  const addresses: Record<string, string> = {};
  const containers: Record<string, string> = {};
  const tasks: Record<string, string> = {};
  /** By mode and side: who asks there, and who answers. */
  const ends: Record<
    string,
    {
      readonly asks: string;
      readonly runtimeId: string;
      readonly answers: string;
      readonly address: string;
      readonly port: number;
    }
  > = {};
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();

  /** From inside a task; nobody answers what is dropped, so that is waited for a second. */
  async function reaches(from: string, to: string, port = 80): Promise<boolean> {
    const url = `http://${addresses[to]}:${port}/`;
    return (await reached(from === 'web' ? 'there' : 'here', containers[from]!, [url])).has(url);
  }
  /** Those that answer, asked all at once from inside a container. */
  async function reached(side: Side, runtimeId: string, urls: readonly string[]): Promise<ReadonlySet<string>> {
    const { docker } = side === 'there' ? second.engine : longshore;
    const script = `for url in ${urls.join(' ')}; do (timeout 1 wget -q -O /dev/null $url && echo "<$url>") & done; wait`;
    const exec = await docker.getContainer(runtimeId).exec({ Cmd: ['sh', '-c', script], AttachStdout: true });
    const stream = await exec.start({});
    let text = '';
    await new Promise((resolve) => stream.on('data', (data) => (text += String(data))).on('end', resolve));
    return new Set(Array.from(text.matchAll(/<(http[^<>]+)>/g), ([, url]) => url!));
  }
  /** What connects, by source and target. */
  async function connecting(): Promise<Record<string, boolean>> {
    const sources = [...new Map(PAIRS.map(({ from }) => [keyOf(from), from])).values()];
    const found = await Promise.all(
      sources.map(async (from) => {
        const targets = PAIRS.filter((pair) => keyOf(pair.from) === keyOf(from)).map(({ to }) => to);
        const urlOf = (to: Target) => `http://${ends[keyOf(to)]!.address}:${ends[keyOf(to)]!.port}/`;
        const answers =
          from.mode === 'outside'
            ? await fromOutside(from.side, targets.map(urlOf))
            : await reached(from.side, ends[keyOf(from)]!.runtimeId, targets.map(urlOf));
        return targets.map((to) => [`${keyOf(from)} -> ${keyOf(to)}`, answers.has(urlOf(to))] as const);
      }),
    );
    return Object.fromEntries(found.flat());
  }
  async function fromOutside(side: Side, urls: readonly string[]): Promise<ReadonlySet<string>> {
    const { outsider, from } = sides[side];
    const asked = await Promise.all(
      urls.map(async (url) =>
        (await from('curl', '--interface', outsider, '-s', '-m', '1', url)).stdout === 'here\n' ? [url] : [],
      ),
    );
    return new Set(asked.flat());
  }
  /** What `./longshore explain connection` says of the same. */
  async function explained(): Promise<Record<string, boolean>> {
    const credentials = { ...longshore.keys, accountId: '000000000000' };
    const target = 'Longshore_20261122.ExplainConnection';
    const call = { endpoint: longshore.endpoint, credentials, region: REGION, service: 'longshore', target };
    const said = await Promise.all(
      PAIRS.map(async ({ from, to }) => {
        const { answers, port } = ends[keyOf(to)]!;
        const asker = from.mode === 'outside' ? sides[from.side].outsider : ends[keyOf(from)]!.asks;
        const { allowed } = (await askApi({ ...call, input: { from: asker, to: answers, port } })) as {
          readonly allowed: boolean;
        };
        return [`${keyOf(from)} -> ${keyOf(to)}`, allowed] as const;
      }),
    );
    return Object.fromEntries(said);
  }
  /** Rules are in force a moment after they are there. */
  async function settles(isAllowed: Allowed): Promise<void> {
    const wanted = Object.fromEntries(PAIRS.map(({ from, to }) => [`${keyOf(from)} -> ${keyOf(to)}`, isAllowed(from, to)]));
    let seen: Record<string, boolean> = {};
    await eventually('the rules to be in force', async () => {
      seen = await connecting();
      return isDeepStrictEqual(seen, wanted);
    }).catch(() => undefined);
    expect(seen).toEqual(wanted);
    expect(await explained()).toEqual(wanted);
  }
  /** A task that shares its host's address, in bridge or host mode. */
  async function runShared(networkMode: 'bridge' | 'host', side: Side): Promise<void> {
    const containerPort = networkMode === 'bridge' ? 80 : HOST_PORTS[side];
    const family = `${networkMode}-${side}`;
    const script = `trap 'exit 0' TERM; mkdir /w; echo here > /w/index.html; httpd -f -p ${containerPort} -h /w & wait`;
    const { containerDefinitions } = oneContainer(family, script);
    await longshore.ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        networkMode,
        containerDefinitions: containerDefinitions.map((one) => ({ ...one, portMappings: [{ containerPort }] })),
      }),
    );
    const [{ taskArn }] = (await cli('ecs', `start-task --task-definition ${family} --container-instances ${hosts[side]}`)).tasks;
    ends[`${networkMode} ${side}`] = await eventually('its port', async () => {
      const [task] = (await cli('ecs', `describe-tasks --tasks ${taskArn}`)).tasks;
      const [{ runtimeId, networkBindings }] = task.containers;
      if (task.lastStatus !== 'RUNNING') return undefined;
      return { asks: taskArn, runtimeId, answers: taskArn, address: sides[side].address, port: networkBindings[0].hostPort };
    });
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
    tasks[name] = taskArn;
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
    const awsvpc = (asker: string, answerer: string) => ({
      asks: tasks[asker]!,
      runtimeId: containers[asker]!,
      answers: tasks[answerer]!,
      address: addresses[answerer]!,
      port: 81,
    });
    ends['awsvpc here'] = awsvpc('stranger', 'client');
    ends['awsvpc there'] = awsvpc('web', 'web');
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

  it('lets tasks of every mode, and those outside, reach tasks of every mode as the groups say, and explains it', async () => {
    await Promise.all(SIDES.flatMap((side) => [runShared('bridge', side), runShared('host', side)]));
    const [{ GroupId }] = (await cli('ec2', 'describe-security-groups --filters Name=group-name,Values=default')).SecurityGroups;
    groups.default = GroupId;
    const change = (verb: string, way: 'ingress' | 'egress', group: string, permission: string) =>
      cli('ec2', `${verb}-security-group-${way} --group-id ${groups[group]} --ip-permissions ${permission}`);
    const between = (group: string) => `IpProtocol=-1,UserIdGroupPairs=[{GroupId=${groups[group]}}]`;
    const tcp = (port: number, peer: string) => `IpProtocol=tcp,FromPort=${port},ToPort=${port},${peer}`;
    const range = (cidr: string) => `IpRanges=[{CidrIp=${cidr}}]`;
    const isIn = (to: Target) => to.mode === 'awsvpc';
    const isHostPortOf = (side: Side, { mode, side: own }: Target) => mode !== 'awsvpc' && own === side;

    // Instances are in the default group, which lets its members in. Own ports of a host are not filtered for those on it.
    await settles((from, to) => from.mode !== 'outside' && !isIn(to));

    await change('revoke', 'ingress', 'default', between('default'));
    const withoutMembers = (from: Source, to: Target) =>
      from.mode !== 'outside' && !isIn(to) && !(isHostPortOf('here', to) && from.side === 'there');
    await settles(withoutMembers);

    // By hand, on both hosts.
    for (const [run, { stdout }] of [
      [execute, await execute('nft', ['list', 'tables'])],
      [(program: string, args: string[]) => second.execute(program, ...args), await second.execute('nft', 'list', 'tables')],
    ] as const)
      for (const [, table] of stdout.matchAll(/table ((?:inet|bridge) longshore-\S+)/g))
        await run('nft', ['flush', 'table', ...table!.split(' ')]);
    await settles(withoutMembers);

    await change('authorize', 'ingress', 'default', between('default'));
    for (const side of SIDES)
      for (const port of [ends[`bridge ${side}`]!.port, HOST_PORTS[side]])
        await change('authorize', 'ingress', 'default', tcp(port, range(`${sides[side].outsider}/32`)));
    for (const group of ['client', 'web'])
      for (const from of ['default', 'stranger', 'web'])
        await change('authorize', 'ingress', group, tcp(81, `UserIdGroupPairs=[{GroupId=${groups[from]}}]`));
    await settles(() => true);

    // What a task sends is judged as it asks for it, wherever the engine leads it then.
    for (const [group, side] of [
      ['stranger', 'here'],
      ['web', 'there'],
    ] as const) {
      await change('revoke', 'egress', group, `IpProtocol=-1,${range('0.0.0.0/0')}`);
      await change('authorize', 'egress', group, tcp(ends[`bridge ${side}`]!.port, range(`${sides[side].address}/32`)));
    }
    await settles((from, to) => from.mode !== 'awsvpc' || (to.mode === 'bridge' && to.side === from.side));
    for (const group of ['stranger', 'web']) await change('authorize', 'egress', group, `IpProtocol=-1,${range('0.0.0.0/0')}`);
  }, 180_000);

  it('lets machines that lead its addresses to a host reach tasks on every host as their groups say', async () => {
    const outsider = addOutsider(second);
    try {
      const reaching = async () => {
        const answers = SIDES.map(async (side) => {
          const { address, port } = ends[`awsvpc ${side}`]!;
          const { stdout } = await outsider.execute('curl', '-s', '-m', '1', `http://${address}:${port}/`);
          return stdout === 'here\n';
        });
        return Promise.all(answers);
      };
      const explained = async () =>
        (await longshore.run('explain', 'connection', outsider.address, `${addresses.web}:81`)).stdout;
      expect(await reaching()).toEqual([false, false]);
      expect(await explained()).toContain('dropped');
      const rules = ['client', 'web'].map(
        (group) => `-ingress --group-id ${groups[group]} --protocol tcp --port 81 --cidr ${outsider.address}/32`,
      );
      for (const rule of rules) await cli('ec2', `authorize-security-group${rule}`);
      await eventually('the machine to be let in', async () => (await reaching()).every(Boolean));
      expect(await explained()).toContain('let through');
      for (const rule of rules) await cli('ec2', `revoke-security-group${rule}`);
      await eventually('the machine to be kept out', async () => !(await reaching()).some(Boolean));
    } finally {
      outsider.remove();
    }
  }, 60_000);

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
