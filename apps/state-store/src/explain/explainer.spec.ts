import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Step } from '#lib/ecs/explain';
import type { Task } from '#lib/ecs/model';
import { HONOURED } from '../../../../test/support/ecs-world.js';
import { ExplainWorld } from '../../../../test/support/explain-world.js';

let world: ExplainWorld;
beforeEach(() => {
  world = new ExplainWorld();
});

const ROOT = 'arn:aws:iam::000000000000:root';

/** A task of RunTask on one of two hosts, RUNNING. */
function running(more: object = {}): Task {
  const instances = ['1', '2'].map((digit) => world.instance(digit.repeat(32)));
  world.place(world.definition(), [instances[0]!], more);
  const [task] = world.state.tasks.values();
  world.wait(1_000);
  world.report(task!, 'RUNNING');
  world.wait(9_000);
  return task!;
}

const TEMPLATE = {
  group: 'family:web',
  launchType: 'EC2',
  overrides: {},
  enableExecuteCommand: false,
  tags: [],
  cpu: '0',
  memory: '128',
};

const whats = (steps: readonly Step[]) => steps.map(({ what }) => what);

describe('the story of a task', () => {
  it('begins with the request and the answers of the instances, and ends with how the container exited', async () => {
    const task = running();
    world.containerEnds(task, { exitCode: 1 });
    world.wait(2_000);
    const { summary, steps, task: now } = await world.explain({ task: task.taskArn });
    expect(summary).toBe('STOPPED 2 s ago: its essential container web exited with code 1.');
    expect(whats(steps)).toEqual([
      'RunTask placed it on container instance 11111111',
      'RUNNING',
      'STOPPED: Essential container in task exited (EssentialContainerExited)',
    ]);
    expect(steps[0]).toMatchObject({ who: ROOT, operation: 'RunTask', requestId: expect.any(String), revision: 4 });
    expect(steps[0]!.details).toEqual(['2 of 2 container instances could take it at r3, where it was planned']);
    expect(steps[2]!.details).toEqual(['container web exited with code 1']);
    expect(now!.placement).toEqual({ revision: 3, asked: 2, willing: 2, refusals: [] });
  });

  it('of a task that waits for capacity says for what and how long, then where it went', async () => {
    const arn = 'arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:x:autoScalingGroupName/hosts';
    const autoScalingGroupProvider = { autoScalingGroupArn: arn, managedScaling: { status: 'ENABLED' } };
    world.given('CreateCapacityProvider', { name: 'more', autoScalingGroupProvider, autoScalingGroup: { name: 'hosts', arn } });
    world.given('CreateCluster', {});
    const associated = { cluster: 'default', capacityProviders: ['more'], defaultCapacityProviderStrategy: [] };
    world.given('PutClusterCapacityProviders', associated);
    const capacityProviderStrategy = [{ capacityProvider: 'more', weight: 1, base: 0 }];
    world.place(world.definition(), [], { count: 1, waiting: [0], template: { ...TEMPLATE, capacityProviderStrategy } });
    const [task] = world.state.tasks.values();
    world.wait(60_000);
    const waiting = await world.explain({ task: task!.taskArn });
    expect(whats(waiting.steps)).toEqual(['RunTask accepted it to wait for the capacity provider more']);
    expect(waiting.task!.waitsFor.map(({ what }) => what)).toEqual([
      'a container instance of the capacity provider more with room for it',
    ]);
    expect(waiting.subject).not.toHaveProperty('containerInstanceArn');
    expect(waiting.text).toContain('more');
    world.failedHost = { at: new Date(world.now - 12_000).toISOString(), why: '/bin/hosts start exited with 3: no quota' };
    const failed = await world.explain({ task: task!.taskArn });
    expect(failed.task!.waitsFor[1]).toEqual({
      what: 'a host of its Auto Scaling group hosts: the last one did not start, 12 s ago. /bin/hosts start exited with 3: no quota',
    });
    world.failedHost = undefined;
    const attributes = [...HONOURED.map((name) => ({ name })), { name: 'auto-scaling-group', value: 'hosts' }];
    const containerInstanceArn = world.instance('1'.repeat(32), { attributes });
    world.given('PlaceWaitingTasks', { placements: [{ taskArn: task!.taskArn, containerInstanceArn }] }, 'scheduler');
    const { steps } = await world.explain({ task: task!.taskArn });
    expect(whats(steps).at(-1)).toContain('placed it on container instance 11111111');
  });

  it('tells which instances refused at that time, also when they would take it by now', async () => {
    const small = world.instance('3'.repeat(32), { resources: { cpu: 64, memoryMiB: 64, gpu: 0, portsTcp: [], portsUdp: [] } });
    const task = running({ placementConstraints: [{ type: 'memberOf', expression: "ec2InstanceId == 'host'" }] });
    world.given('DeregisterContainerInstance', { containerInstance: small, force: true });
    const { steps } = await world.explain({ task: task.taskArn });
    expect(steps[0]!.details).toEqual([
      '2 of 3 container instances could take it at r4, where it was planned',
      '1 refuses, RESOURCE:MEMORY: has 64 of 64 MiB of memory left, the task needs 128 (33333333)',
    ]);
  });

  it('knows the constraints that the request had', async () => {
    const instances = ['1', '2'].map((digit) => world.instance(digit.repeat(32), { hostId: `host-${digit}` }));
    const placementConstraints = [{ type: 'memberOf', expression: 'ec2InstanceId == host-2' }];
    world.place(world.definition(), [instances[1]!], { placementConstraints });
    const [task] = world.state.tasks.values();
    const { steps } = await world.explain({ task: task!.taskArn });
    expect(steps[0]!.details![1]).toContain(
      'does not match the placement constraint memberOf(ec2InstanceId == host-2) (11111111)',
    );
  });

  it('says who stopped it', async () => {
    const task = running();
    world.given('StopTask', { task: task.taskArn, reason: 'enough of it' });
    world.wait(500);
    expect((await world.explain({ task: task.taskArn })).task).toMatchObject({
      waitsFor: [
        { what: 'its containers on container instance 11111111 to end (SIGTERM, then SIGKILL after their stopTimeout)' },
      ],
    });
    world.containerEnds(world.state.tasks.get(task.taskArn)!, { exitCode: 143 });
    const { summary, steps } = await world.explain({ task: task.taskArn });
    expect(summary).toBe('STOPPED 0 ms ago: a user asked for it: enough of it.'.replace('0 ms', summary.match(/\d+ ms/)![0]));
    expect(steps.find(({ operation }) => operation === 'StopTask')).toMatchObject({
      what: 'StopTask asked it to stop: enough of it (UserInitiated)',
      who: ROOT,
    });
    expect(steps.at(-1)!.details).toEqual(['container web exited with code 143 (SIGTERM)']);
  });

  it('says when memory was the cause', async () => {
    const task = running();
    world.containerEnds(task, { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' });
    expect((await world.explain({ task: task.taskArn })).summary).toContain(
      'its essential container web was killed for using more memory than its limit of 128 MiB (OutOfMemoryError: ',
    );
  });

  it('says that its host was lost, and that the replica waits for another', async () => {
    world.create({ desiredCount: 1 }, 1);
    world.becomeSteady();
    const [task] = world.live;
    const { containerInstanceArn } = task!;
    world.given('SetAgentConnectivity', { containerInstanceArns: [containerInstanceArn], connected: false }, 'health-monitor');
    world.given('DeclareInstanceLost', { containerInstanceArn, silentMs: 15_000 }, 'health-monitor');
    world.settle();
    const { summary, steps } = await world.explain({ task: task!.taskArn });
    expect(summary).toContain(
      'its host was lost: container instance 11111111111111111111111111111111 was lost: its agent was silent for 15 s.',
    );
    expect(steps.at(-2)!.what).toMatch(/^the health monitor asked it to stop: .* \(InfrastructureHealth\)$/);
    const { service } = await world.explain({ service: 'web' });
    expect(service!.obstacles).toMatchObject([
      { placement: { asked: 1, willing: 0, refusals: [{ reason: 'AGENT', why: 'has an agent that is not connected' }] } },
    ]);
  });

  it('of a service goes from the request over what it replaced to what replaced it', async () => {
    world.create({ desiredCount: 1 });
    world.becomeSteady();
    const [first] = world.live;
    world.containerEnds(first!, { exitCode: 3 });
    world.settle();
    const [second] = world.live;
    const told = await world.explain({ task: first!.taskArn });
    expect(whats(told.steps)[0]).toMatch(/^CreateService started deployment ecs-svc\/\d+ of web:1, 1 task$/);
    expect(told.task!.replacedBy).toMatchObject({ taskArn: second!.taskArn, lastStatus: 'PENDING' });
    const next = await world.explain({ task: second!.taskArn });
    expect(next.task).toMatchObject({
      replica: { number: 0, attempt: 1 },
      replaces: { taskArn: first!.taskArn, why: 'its essential container web exited with code 3' },
      waitsFor: [{ what: `container instance ${second!.containerInstanceArn.slice(-8)} to create and start its containers` }],
    });
    expect(next.steps.at(-1)!.because).toBe(
      `replica 0 had lost ${first!.taskArn.split('/').at(-1)!.slice(0, 8)}: its essential container web exited with code 3`,
    );
  });

  it.each([
    [
      'scale-in',
      { desiredCount: 1 },
      /^the service wants no more than 1 \(UpdateService by arn:aws:iam::000000000000:root, r\d+\)$/,
    ],
    [
      'a roll-out',
      { forceNewDeployment: true },
      /^deployment ecs-svc\/\d+ of web:1 replaces deployment ecs-svc\/\d+ \(UpdateService by /,
    ],
  ])('tells what was behind "Scaling activity": %s', async (_case, update, because) => {
    world.create();
    world.becomeSteady();
    const before = world.live;
    world.given('UpdateService', { service: 'web', ...update });
    world.becomeSteady();
    const gone = before.find((task) => world.state.tasks.get(task.taskArn)!.lastStatus === 'STOPPED');
    const { steps } = await world.explain({ task: gone!.taskArn });
    expect(steps.find(({ what }) => what.includes('asked it to stop: Scaling activity'))!.because).toMatch(because);
  });

  it('names the event that woke the scheduler where the journal has it', async () => {
    world.create({ desiredCount: 1 });
    world.becomeSteady();
    world.containerEnds(world.live[0]!, { exitCode: 3 });
    const revision = world.commits.length;
    world.pass();
    const commit = world.commits.at(-1)!;
    const index = world.commits[revision - 1]!.transactions[0]!.events.findIndex(({ type }) => type === 'TaskStatusChanged');
    world.commits[revision] = {
      ...commit,
      transactions: commit.transactions.map((transaction) => ({ ...transaction, cause: `ecs:${revision}.${index}` })),
    };
    const { steps } = await world.explain({ task: world.live[0]!.taskArn });
    expect(steps.at(-1)!.because).toMatch(new RegExp(`^task [0-9a-f]{8} became STOPPING: .* \\(r${revision}\\)$`));
  });
});

describe('what is asked for', () => {
  const refused = async (input: object, scope = world.scope) => {
    const reply = await world.ask(input, scope);
    return 'rejection' in reply ? `${reply.rejection.code}: ${reply.rejection.message}` : 'an answer';
  };

  it('may be the beginning of a task id, in any cluster, when it is the only one', async () => {
    const task = running();
    const id = task.taskArn.split('/').at(-1)!;
    expect((await world.explain({ task: id.slice(0, 6) })).subject.arn).toBe(task.taskArn);
    expect(await refused({ task: id.slice(0, 5) })).toMatch(/^InvalidParameterException: .* at least the first 6 of them\.$/);
    world.given('CreateCluster', { clusterName: 'other' });
    expect(await refused({ task: id, cluster: 'other' })).toMatch(
      /^InvalidParameterException: The referenced task was not found\./,
    );
  });

  it('is not found in another account or region', async () => {
    const task = running();
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
    for (const scope of [
      { ...world.scope, accountId: '111122223333' },
      { ...world.scope, region: 'eu-west-1' },
    ]) {
      world.command('CreateCluster', { clusterName: 'default' }, 'state-store', undefined, scope);
      expect(await refused({ task: task.taskArn }, scope)).toContain('The referenced task was not found.');
      expect(await refused({ task: task.taskArn.split('/').at(-1) }, scope)).toContain('The referenced task was not found.');
      expect(await refused({ service: 'web' }, scope)).toContain('ServiceNotFoundException: Service not found');
    }
  });

  it('is one thing, and one that is forgotten is explained in the past', async () => {
    expect(await refused({})).toContain('either a task or a service');
    expect(await refused({ task: 'abcdef', service: 'web' })).toContain('either a task or a service');
    const task = running();
    world.containerEnds(task, { exitCode: 0 });
    world.wait(61 * 60 * 1000);
    world.given('Expire', {});
    expect(await refused({ task: task.taskArn })).toContain('--as-of');
  });
});

describe('where a task is otherwise than on ECS', () => {
  it('is told of the fields that nobody acts on', async () => {
    const container = { name: 'web', image: 'web', memory: 16, versionConsistency: 'enabled' };
    world.place(world.definition([container]), [world.instance()]);
    const [task] = world.state.tasks.values();
    const { task: now, text } = await world.explain({ task: task!.taskArn });
    expect(now!.differences).toEqual([expect.stringMatching(/^containerDefinitions\[0\]\.versionConsistency: Shown only: /)]);
    expect(text).toContain('Otherwise than on ECS\n');
  });
});

describe('a task that is PENDING says which container waits for what', () => {
  const container = (name: string, more: object = {}) => ({ name, image: name, memory: 16, ...more });
  const seen = (name: string, more: object) => ({ name, networkBindings: [], healthStatus: 'UNKNOWN', restartCount: 0, ...more });

  /** Placed, with what the agent has told of its containers. */
  async function waitsOf(containers: readonly object[], told: readonly object[]): Promise<string[]> {
    const definition = world.definition(containers);
    const attributes = [...world.state.taskDefinitions.values()][0]!.requiresAttributes;
    world.place(definition, [world.instance('1'.repeat(32), { attributes })]);
    const [task] = world.state.tasks.values();
    if (told.length > 0) world.report(task!, 'PENDING', { containers: told as never });
    const { task: now } = await world.explain({ task: task!.taskArn });
    return now!.waitsFor.map(({ what }) => what);
  }

  it('of dependsOn, with how the other stands', async () => {
    const web = container('web', { dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] });
    const db = container('db', { healthCheck: { command: ['CMD', 'true'] } });
    const told = [seen('db', { lastStatus: 'RUNNING', healthStatus: 'UNHEALTHY' })];
    expect(await waitsOf([web, db], told)).toEqual([
      'its container web, which waits for db to be HEALTHY (dependsOn HEALTHY; it is RUNNING, UNHEALTHY)',
    ]);
  });

  it('of a container that ended otherwise than it had to', async () => {
    const web = container('web', { dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] });
    const told = [seen('init', { lastStatus: 'STOPPED', exitCode: 3 })];
    expect(await waitsOf([web, container('init', { essential: false })], told)).toEqual([
      'its container web, which waits for init to end with exit code 0 (dependsOn SUCCESS; container init exited with code 3)',
    ]);
  });

  it('of links and volumes', async () => {
    const web = container('web', { links: ['db:d'], volumesFrom: [{ sourceContainer: 'data' }] });
    expect(await waitsOf([web, container('db'), container('data')], [])).toEqual([
      'its container web, which waits for db to start (links; it is PENDING) and for data to be created (volumesFrom; it is PENDING)',
    ]);
  });

  it('and of none, what its host has to do', async () => {
    expect(await waitsOf([container('web')], [])).toEqual(['container instance 11111111 to create and start its containers']);
  });
});
