import { DescribeTasksCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type Longshore, startLongshoreWith } from '../support/longshore.js';
import { freePort } from '../support/nats-server.js';
import { ROOT } from '../support/repository.js';
import { oneContainer } from './task-definitions.js';

/** As a cloud's: each host is an installation of its own that joins, here on this machine. */
const HOSTS = join(ROOT, 'examples/hosts-by-command/hosts.sh');

/** Capacity providers of Auto Scaling groups with the AWS CLI, on real containers. */
describe('a capacity provider of an Auto Scaling group', () => {
  let longshore: Longshore;
  const fleet = mkdtempSync(join(tmpdir(), 'longshore-fleet-'));
  const run = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();
  const ecs = (...args: string[]) => run('ecs', ...args);
  /** Hosts say themselves that they are of it. */
  const groupArn = (name: string) => newGroup(name, '0', ['--tags', 'Key=longshore:hosts,Value=none']);
  const newGroup = async (name: string, least: string, more: string[] = []) => {
    const sizes = ['--min-size', least, '--max-size', '3', ...more];
    const launch = ['--launch-template', 'LaunchTemplateName=host', '--vpc-zone-identifier', 'subnet-a'];
    const group = ['--auto-scaling-group-name', name];
    const { code, stderr } = await longshore.aws(['create-auto-scaling-group', ...group, ...sizes, ...launch], {
      service: 'autoscaling',
    });
    if (code !== 0) throw new Error(stderr);
    const { AutoScalingGroups } = await run('autoscaling', 'describe-auto-scaling-groups', '--auto-scaling-group-names', name);
    return AutoScalingGroups[0].AutoScalingGroupARN as string;
  };
  const provider = async (name: string, arn: string, more = '') =>
    ecs('create-capacity-provider', '--name', name, '--auto-scaling-group-provider', `autoScalingGroupArn=${arn}${more}`);
  const runTask = (...strategy: string[]) =>
    longshore.aws(['run-task', '--task-definition', 'web', '--capacity-provider-strategy', ...strategy]);

  const statusOf = async (taskArn: string) =>
    (await longshore.ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }))).tasks![0]!.lastStatus;

  beforeAll(async () => {
    longshore = await startLongshoreWith(
      {
        LONGSHORE_ATTRIBUTES: JSON.stringify({ 'auto-scaling-group': 'here' }),
        // Room for one task.
        LONGSHORE_GROUP_HOST_SIZE: '512,300',
        LONGSHORE_GROUP_HOST_COMMAND: HOSTS,
        FLEET: fleet,
        HOST_MEMORY_MIB: '300',
      },
      '--listen',
      `127.0.0.1:${await freePort()}`,
    );
    const { containerDefinitions } = oneContainer('web', 'sleep 1000', { stopTimeout: 0, memory: 200 });
    const definitions = ['--family', 'web', '--container-definitions', JSON.stringify(containerDefinitions)];
    await ecs('register-task-definition', ...definitions);
  }, 180_000);
  afterAll(async () => {
    for (const host of readdirSync(fleet))
      execFileSync(HOSTS, ['end'], { env: { ...process.env, FLEET: fleet, LONGSHORE_HOST_INSTANCE_ID: host } });
    await longshore?.purge();
    rmSync(fleet, { recursive: true, force: true });
  }, 120_000);

  it('is made, associated with the cluster, and its tasks run on the hosts of the group only', async () => {
    const here = await groupArn('here');
    const { capacityProvider } = await provider('here', here);
    expect(capacityProvider).toMatchObject({ status: 'ACTIVE', autoScalingGroupProvider: { autoScalingGroupArn: here } });
    await provider('nowhere', await groupArn('nowhere'));
    const both = ['--capacity-providers', 'here', 'nowhere', '--default-capacity-provider-strategy', 'capacityProvider=here'];
    const { cluster } = await ecs('put-cluster-capacity-providers', '--cluster', 'default', ...both);
    expect(cluster.capacityProviders).toEqual(['here', 'nowhere']);
    const refused = await runTask('capacityProvider=nowhere');
    expect(refused.stderr).toContain('No Container Instances were found in your capacity provider.');
    const { tasks } = (await runTask('capacityProvider=here,weight=1')).json<any>();
    expect(tasks).toMatchObject([{ capacityProviderName: 'here', launchType: 'EC2' }]);
    const { taskArn, containerInstanceArn } = tasks[0];
    await eventually('the task runs', async () => {
      return (await statusOf(taskArn)) === 'RUNNING';
    });
    const instances = await ecs('describe-container-instances', '--container-instances', containerInstanceArn);
    expect(instances.containerInstances[0].capacityProviderName).toBe('here');
    const deleted = await longshore.aws(['delete-capacity-provider', '--capacity-provider', 'here']);
    expect(deleted.stderr).toContain('cannot be deleted because it is associated with cluster: default');
  }, 60_000);

  it('with managed scaling has tasks that wait, until a host is of its group', async () => {
    const [host] = (await ecs('list-container-instances')).containerInstanceArns;
    await provider('growing', await groupArn('growing'), ',managedScaling={status=ENABLED}');
    const all = ['--capacity-providers', 'here', 'nowhere', 'growing', '--default-capacity-provider-strategy'];
    await ecs('put-cluster-capacity-providers', '--cluster', 'default', ...all, 'capacityProvider=here');
    const { tasks, failures } = (await runTask('capacityProvider=growing')).json<any>();
    expect(failures).toEqual([]);
    expect(tasks).toMatchObject([{ lastStatus: 'PROVISIONING', capacityProviderName: 'growing' }]);
    await ecs('put-attributes', '--attributes', `name=auto-scaling-group,value=growing,targetId=${host}`);
    await eventually('the task that waited runs', async () => {
      return (await statusOf(tasks[0].taskArn)) === 'RUNNING';
    });
  }, 60_000);

  it('grows for tasks that do not fit, as processes of this host, and shrinks back without ending work', async () => {
    await growsAndShrinks('elastic', 'process');
  }, 240_000);

  it('does the same with hosts that a command starts', async () => {
    await growsAndShrinks('fleet', 'exec');
    // Each host has a directory of its own.
    expect(readdirSync(fleet)).toHaveLength(1);
  }, 300_000);

  /** A cluster of its own for a group of one to three hosts, each with room for one task. */
  async function growsAndShrinks(name: string, hostsAre: string): Promise<void> {
    const tags = ['--tags', `Key=longshore:hosts,Value=${hostsAre}`, 'Key=longshore:scale-in-after,Value=10'];
    const arn = await newGroup(name, '1', tags);
    const settings = ',managedScaling={status=ENABLED,targetCapacity=100},managedTerminationProtection=ENABLED';
    await provider(name, arn, settings);
    await ecs('create-cluster', '--cluster-name', name, '--capacity-providers', name);
    const hosts = async () => {
      const { containerInstanceArns } = await ecs('list-container-instances', '--cluster', name, '--status', 'ACTIVE');
      return containerInstanceArns as string[];
    };
    await eventually('the least of the group is there', async () => (await hosts()).length === 1, 60_000);
    const three = ['--task-definition', 'web', '--count', '3', '--capacity-provider-strategy', `capacityProvider=${name}`];
    const { tasks, failures } = await ecs('run-task', '--cluster', name, ...three);
    expect(failures).toEqual([]);
    const arns = tasks.map(({ taskArn }: { taskArn: string }) => taskArn) as string[];
    const running = async () => {
      const { tasks: now } = await longshore.ecs.send(new DescribeTasksCommand({ cluster: name, tasks: arns }));
      return now!.filter(({ lastStatus }) => lastStatus === 'RUNNING');
    };
    const activities = async () =>
      (await run('autoscaling', 'describe-scaling-activities', '--auto-scaling-group-name', name)).Activities as any[];
    await eventually('all three run', async () => (await running()).length === 3, 90_000).catch(async (error: Error) => {
      const said = (await activities()).map(({ StatusCode, Cause, StatusMessage }) => [StatusCode, Cause, StatusMessage]);
      throw new Error(`${error.message}; ${JSON.stringify(said)}`);
    });
    expect(await hosts()).toHaveLength(3);
    const { AutoScalingGroups } = await run('autoscaling', 'describe-auto-scaling-groups', '--auto-scaling-group-names', name);
    expect(AutoScalingGroups[0]).toMatchObject({ DesiredCapacity: 3, Instances: [{ LifecycleState: 'InService' }, {}, {}] });
    expect((await activities())[0].Cause).toMatch(
      /managed scaling of the capacity provider \S+ changed the desired capacity from 1 to 3/,
    );
    const [kept, ...stopped] = arns;
    for (const task of stopped) await ecs('stop-task', '--cluster', name, '--task', task);
    await eventually('the group is as small as it can be', async () => (await hosts()).length === 1, 110_000);
    expect((await running()).map(({ taskArn }) => taskArn)).toEqual([kept]);
    await eventually('the activity is over', async () => (await activities())[0].StatusCode === 'Successful');
    expect((await activities())[0].Description).toMatch(/^Terminating EC2 instance: i-/);
  }
});
