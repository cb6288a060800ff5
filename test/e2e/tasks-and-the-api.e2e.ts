import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { addSecondHost, type SecondHost } from '../support/second-host.js';
import { execute, eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { oneContainer } from './task-definitions.js';

const ROLE = 'scheduler';
/** The real SDK with nothing but what it finds in its environment, as any program in a container has it. */
const program = `
import sdk from '${createRequire(import.meta.url).resolve('@aws-sdk/client-ecs')}';
const { ECSClient, DescribeTasksCommand, ListTasksCommand } = sdk;
const ecs = new ECSClient({ maxAttempts: 2 });
try {
  const { taskArns } = await ecs.send(new ListTasksCommand({}));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: taskArns }));
  console.log(JSON.stringify({ seen: tasks.map((task) => task.taskArn) }));
} catch (error) {
  console.log(JSON.stringify({ refused: error.name }));
}
`;

/** A container with this machine's files, of which it uses Node.js and the SDK; its network is that of its task. */
const asking = (family: string, networkMode: 'bridge' | 'awsvpc' | 'host', taskRoleArn: string | undefined) => {
  const command = ['chroot', '/machine', process.execPath, '--input-type=module', '-e', program];
  const mountPoints = [{ sourceVolume: 'machine', containerPath: '/machine', readOnly: true }];
  const { containerDefinitions } = oneContainer(family, '', { memory: 256 });
  return {
    family,
    networkMode,
    taskRoleArn,
    volumes: [{ name: 'machine', host: { sourcePath: '/' } }],
    containerDefinitions: containerDefinitions.map((one) => ({ ...one, command, workingDirectory: undefined, mountPoints })),
  };
};

/** What a program in a container does with the API: no address and no key of it is in its definition. */
describe('tasks and the API', () => {
  let longshore: Longshore;
  let second: SecondHost;
  const hosts: string[] = [];
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();

  beforeAll(async () => {
    second = await addSecondHost();
    longshore = await startLongshore('--listen', second.firstAddress);
    hosts.push((await cli('ecs', 'list-container-instances')).containerInstanceArns[0]);
    const made = await longshore.run('join-token', '--expires', '10m', '--allow', 'all');
    expect(await second.run('up', '-d', '--join', made.stdout.trim())).toMatchObject({ code: 0 });
    await eventually('two instances', async () => {
      const { containerInstanceArns } = await cli('ecs', 'list-container-instances');
      return containerInstanceArns.length === 2 && hosts.push(containerInstanceArns.find((arn: string) => arn !== hosts[0]));
    });
    expect(await longshore.run('credentials', 'create', '--task-role', ROLE, '--role', 'read')).toMatchObject({ code: 0 });
  }, 300_000);
  afterAll(async () => {
    await longshore?.purge();
    await second?.remove();
  }, 120_000);

  /** What a task's program has said, on one of the hosts. */
  async function said(host: number, networkMode: 'bridge' | 'awsvpc' | 'host', role?: string) {
    const family = `asks-${networkMode}-${role ?? 'nobody'}`;
    const taskRoleArn = role && `arn:aws:iam::000000000000:role/${role}`;
    await longshore.ecs.send(new RegisterTaskDefinitionCommand(asking(family, networkMode, taskRoleArn)));
    const [{ SubnetId }] = (await cli('ec2', 'describe-subnets')).Subnets;
    const network = networkMode === 'awsvpc' ? ` --network-configuration awsvpcConfiguration={subnets=[${SubnetId}]}` : '';
    const start = `start-task --task-definition ${family} --container-instances ${hosts[host]}${network}`;
    const [{ taskArn }] = (await cli('ecs', start)).tasks;
    const runtimeId = await eventually(
      `${family} to end`,
      async () => {
        const [task] = (await cli('ecs', `describe-tasks --tasks ${taskArn}`)).tasks;
        return task.lastStatus === 'STOPPED' && (task.containers[0].runtimeId as string);
      },
      120_000,
    );
    const { docker } = host === 0 ? longshore : second.engine;
    const logs = await docker.getContainer(runtimeId).logs({ stdout: true, stderr: true });
    return { taskArn, text: logs.toString() };
  }

  it.each([
    ['bridge', 'first', 0],
    ['awsvpc', 'first', 0],
    ['host', 'first', 0],
    ['bridge', 'joined', 1],
    ['awsvpc', 'joined', 1],
  ] as const)(
    'find it from a task in %s mode on the %s host, with the keys of the task’s role',
    async (mode, _which, host) => {
      const { taskArn, text } = await said(host, mode, ROLE);
      expect(text).toContain('{"seen":[');
      expect(text).toContain(taskArn);
    },
    180_000,
  );

  it('are refused what their role may not, and have no keys without a role', async () => {
    expect((await said(0, 'bridge', 'stranger')).text).toContain('{"refused":"AccessDeniedException"}');
    expect((await said(0, 'awsvpc')).text).toContain('{"refused":"CredentialsProviderError"}');
  }, 300_000);

  it('are let in, and a neighbour of the host that sends to their address is not', async () => {
    const neighbour = `lsapi${process.pid}`;
    const url = `http://169.254.170.2:${new URL(longshore.endpoint).port}/`;
    const ask = ['curl', '-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}', url];
    const shell = (script: string) => execute('sh', ['-ec', script]);
    try {
      await shell(`
        ip netns add ${neighbour}
        ip link add ${neighbour} type veth peer name eth0 netns ${neighbour}
        ip address add 198.18.253.1/30 dev ${neighbour}
        ip link set ${neighbour} up
        ip -n ${neighbour} address add 198.18.253.2/30 dev eth0
        ip -n ${neighbour} link set eth0 up
        ip -n ${neighbour} route add 169.254.170.2 via 198.18.253.1`);
      expect((await shell(ask.join(' '))).stdout).toBe('200');
      expect((await shell(`ip netns exec ${neighbour} ${ask.join(' ')} || true`)).stdout).toBe('000');
    } finally {
      await shell(`ip link del ${neighbour} || true; ip netns del ${neighbour}`);
    }
  }, 60_000);
});
