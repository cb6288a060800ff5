import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { packetFilterTable } from '#lib/names';
import { execute, eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { addOutsider } from '../support/outsider.js';
import { oneContainer } from './task-definitions.js';

/** Answers at two ports. */
const serving = {
  ...oneContainer(
    'web',
    `trap 'exit 0' TERM; mkdir /w; echo here > /w/index.html; httpd -p 81 -h /w; httpd -f -p 80 -h /w & wait`,
    {
      memory: undefined,
    },
  ),
  networkMode: 'awsvpc' as const,
  requiresCompatibilities: ['FARGATE' as const],
  cpu: '256',
  memory: '512',
};

/** What security groups say is what packets meet: asked from inside the tasks, and from this host, with the real CLI. */
describe('security groups', () => {
  let longshore: Longshore;
  const groups: Record<string, string> = {};
  const addresses: Record<string, string> = {};
  const containers: Record<string, string> = {};
  let table: string;
  const hasTable = async () => (await execute('nft', ['list', 'table', 'inet', table])).code === 0;
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();

  /** From inside a task; nobody answers what is dropped, so that is waited for a second. */
  async function reaches(from: string, to: string, port = 80): Promise<boolean> {
    const ask = ['timeout', '1', 'wget', '-q', '-O', '/dev/null', `http://${addresses[to]}:${port}/`];
    const exec = await longshore.docker.getContainer(containers[from]!).exec({ Cmd: ask, AttachStdout: true });
    const stream = await exec.start({});
    await new Promise((resolve) => stream.on('end', resolve).resume());
    return (await exec.inspect()).ExitCode === 0;
  }
  const hostReaches = async (to: string, port = 80) =>
    (await execute('curl', ['-s', '-o', '/dev/null', '-m', '1', `http://${addresses[to]}:${port}/`])).code === 0;
  const ingress = (verb: 'authorize' | 'revoke', group: string, from: string) =>
    cli('ec2', `${verb}-security-group-ingress --group-id ${groups[group]} --protocol tcp --port 80 ${from}`);

  beforeAll(async () => {
    longshore = await startLongshore();
    const { Subnets } = await cli('ec2', 'describe-subnets');
    await cli('ecs', 'create-cluster --cluster-name apps');
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(serving));
    await Promise.all(
      ['client', 'stranger', 'web'].map(async (name) => {
        const group = `create-security-group --group-name ${name} --description ${name}`;
        groups[name] = (await cli('ec2', group)).GroupId;
        const network = `awsvpcConfiguration={subnets=[${Subnets[0].SubnetId}],securityGroups=[${groups[name]}]}`;
        const run = `run-task --cluster apps --task-definition web --launch-type FARGATE --network-configuration ${network}`;
        const [{ taskArn }] = (await cli('ecs', run)).tasks;
        await eventually(`${name} to run`, async () => {
          const [task] = (await cli('ecs', `describe-tasks --cluster apps --tasks ${taskArn}`)).tasks;
          addresses[name] = task.containers[0].networkInterfaces?.[0]?.privateIpv4Address;
          containers[name] = task.containers[0].runtimeId;
          return task.lastStatus === 'RUNNING';
        });
      }),
    );
    await ingress('authorize', 'web', `--source-group ${groups.client}`);
    table = packetFilterTable((await longshore.containers())[0]!.instanceId);
  }, 120_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('let their members reach what they allow, and nothing else reaches anything', async () => {
    await eventually('the member to be let in', () => reaches('client', 'web'));
    const [otherPort, stranger, back, host] = await Promise.all([
      reaches('client', 'web', 81),
      reaches('stranger', 'web'),
      reaches('web', 'client'),
      hostReaches('web'),
    ]);
    expect({ otherPort, stranger, back, host }).toEqual({ otherPort: false, stranger: false, back: false, host: false });
  }, 30_000);

  it('are in force once a rule is authorized, and no more when it is revoked', async () => {
    const from = '--cidr 172.31.0.1/32';
    await ingress('authorize', 'web', from);
    await eventually('the host to be let in', () => hostReaches('web'));
    await ingress('revoke', 'web', from);
    await eventually('the host to be kept out', async () => !(await hostReaches('web')));
  }, 30_000);

  it('are put back when somebody flushed them, and outlive their agent', async () => {
    await execute('nft', ['delete', 'table', 'inet', table]);
    await eventually('the table', hasTable);
    expect(await reaches('stranger', 'web')).toBe(false);
    await longshore.kill9('agent');
    expect([await reaches('client', 'web'), await reaches('stranger', 'web')]).toEqual([true, false]);
    await longshore.ready();
    expect([await reaches('client', 'web'), await reaches('stranger', 'web')]).toEqual([true, false]);
  }, 30_000);

  it('let other machines at ports of tasks in host mode only where a rule does, as explain says, though nobody listens to other hosts', async () => {
    const outsider = addOutsider();
    try {
      const [port, published] = [18_090, 18_091];
      const script = (at: number) => `trap 'exit 0' TERM; mkdir /w; echo here > /w/index.html; httpd -f -p ${at} -h /w & wait`;
      const ports = (containerPort: number, hostPort: number) => ({ portMappings: [{ containerPort, hostPort }] });
      const definitions = [
        { ...oneContainer('at-host', script(port), ports(port, port)), networkMode: 'host' as const },
        oneContainer('at-bridge', script(80), ports(80, published)),
      ];
      const [atHost, atBridge] = await Promise.all(
        definitions.map(async (definition) => {
          await longshore.ecs.send(new RegisterTaskDefinitionCommand(definition));
          const [task] = (await cli('ecs', `run-task --task-definition ${definition.family}`)).tasks;
          return task.taskArn.split('/').at(-1) as string;
        }),
      );
      const curl = (at: number) => ['curl', '-s', '-m', '1', `http://${outsider.host}:${at}/`] as const;
      const asks = async (at: number) => (await outsider.execute(...curl(at))).stdout === 'here\n';
      const hostAsks = async (at: number) => (await execute('env', curl(at))).stdout === 'here\n';
      const explained = async (task: string, at: number, from = outsider.address) =>
        (await longshore.run('explain', 'connection', from, `${task}:${at}`)).stdout.includes(': let through');
      await eventually('the task in host mode, asked from its own host', () => hostAsks(port));
      expect([await asks(port), await explained(atHost!, port)]).toEqual([false, false]);
      expect([await explained(atHost!, port, '127.0.0.1'), await hostAsks(port)]).toEqual([true, true]);
      const names = 'Name=group-name,Values=default';
      const [{ GroupId }] = (await cli('ec2', `describe-security-groups --filters ${names}`)).SecurityGroups;
      const rule = `--group-id ${GroupId} --protocol tcp --port ${port}-${published} --cidr ${outsider.address}/32`;
      await cli('ec2', `authorize-security-group-ingress ${rule}`);
      await eventually('the outsider to be let in', () => asks(port));
      expect(await explained(atHost!, port)).toBe(true);
      // A rule lets nobody in where nobody listens.
      expect([await asks(published), await explained(atBridge!, published)]).toEqual([false, false]);
      expect((await fetch(`http://127.0.0.1:${published}/`)).ok).toBe(true);
      await cli('ec2', `revoke-security-group-ingress ${rule}`);
      await eventually('the outsider to be kept out', async () => !(await asks(port)));
    } finally {
      outsider.remove();
    }
  }, 60_000);

  it('leave no table behind when the last task is gone', async () => {
    for (const cluster of ['apps', 'default']) {
      const { taskArns } = await cli('ecs', `list-tasks --cluster ${cluster}`);
      for (const taskArn of taskArns) await cli('ecs', `stop-task --cluster ${cluster} --task ${taskArn}`);
    }
    await eventually('no table', async () => !(await hasTable()));
  }, 30_000);
});
