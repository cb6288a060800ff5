import type { ReportRequest, StraysRequest } from '#lib/ecs/model';
import { type Bus, type BusRequest, fromJson, type RequestOutcome, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { seededRandom, silentLogger } from '#lib/platform';
import { EcsWorld } from '../../../test/support/ecs-world.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { Heartbeats } from './heartbeats.js';
import { Intake } from './intake.js';
import { ReportGatherer } from './report-gatherer.js';
import { TaskQuestions } from './task-questions.js';

const HOST = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);

/** One health monitor before a writer, and hosts that speak on subjects of their own. */
function given() {
  const world = new EcsWorld();
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const handlers = new Map<string, (message: BusRequest) => void>();
  const askedOfOthers: { readonly subject: string; readonly input: unknown }[] = [];
  const bus = {
    request(subject: string, payload: Uint8Array): Promise<RequestOutcome> {
      askedOfOthers.push({ subject, input: fromJson(payload) });
      return Promise.resolve({ outcome: 'reply', headers: {}, payload: toJson({ output: { roleArn: 'role' } }) });
    },
    subscribe(subject: string, handler: (message: BusRequest) => void) {
      handlers.set(subject.split('.').at(-1)!, handler);
      return { drain: () => Promise.resolve() };
    },
  } as unknown as Bus;
  const caughtUp = { by: () => true };
  const send = (name: string, { input }: { readonly input: unknown }) => {
    const outcome = world.command(name, input, 'health-monitor');
    const { revision } = { revision: world.commits.length };
    return Promise.resolve('output' in outcome ? { output: outcome.output, revision } : { ...outcome, revision });
  };
  const heartbeats = new Heartbeats(world.state, send, clock, random, silentLogger, 15_000, () => true);
  const gatherer = new ReportGatherer(send, clock, random, silentLogger);
  const intake = new Intake({
    bus,
    state: world.state,
    journalId: 'journal',
    knownAt: () => new Date(world.now).toISOString(),
    caughtUp: () => Promise.resolve(caughtUp.by()),
    send,
    gatherer,
    heartbeats,
    questions: new TaskQuestions({
      bus,
      state: world.state,
      journalName: 'ecs',
      revision: () => world.commits.length,
      nowMs: () => world.now,
      send,
      clock,
      random,
    }),
    clock,
    random,
    logger: silentLogger,
  });
  intake.start();
  /** What a host is answered; undefined when it is not. */
  const says = async <Reply = object>(verb: string, input: unknown, instanceId = HOST): Promise<Reply | undefined> => {
    const { accountId, region } = world.scope;
    let answer: Reply | undefined;
    handlers.get(verb)!({
      subject: subjects.agent({ accountId, region, instanceId }, verb as never),
      payload: toJson(input as object),
      respond: (payload: Uint8Array) => (answer = fromJson(payload) as Reply),
    } as unknown as BusRequest);
    await clock.advance(100);
    return answer;
  };
  const taskOn = (containerInstanceArn: string) => {
    const { clusterArn } = world.state.containerInstances.get(containerInstanceArn)!;
    const placed = world.place(world.definition(), [containerInstanceArn], { clusterArn, requestToken: containerInstanceArn });
    if ('rejection' in placed) throw new Error(placed.rejection.message);
    return [...world.state.tasks.by('instance', containerInstanceArn)].at(-1)!;
  };
  return { world, says, taskOn, caughtUp, askedOfOthers };
}

const running = (taskArn: string): ReportRequest => ({
  tasks: [{ taskArn, sequence: 1, status: 'RUNNING', containers: [], healthStatus: 'UNKNOWN' }],
});

describe('what an agent says', () => {
  it('is recorded of its own tasks, and another host’s task is no business of its own', async () => {
    const { world, says, taskOn } = given();
    const { taskArn } = taskOn(world.instance(HOST));
    world.instance(OTHER);
    expect(await says('report', running(taskArn), OTHER)).toEqual({ acknowledged: {}, strays: [taskArn] });
    expect(world.state.tasks.get(taskArn)).toMatchObject({ lastStatus: 'PENDING' });
    expect(await says('report', running(taskArn))).toEqual({ acknowledged: { [taskArn]: 1 }, strays: [] });
    expect(world.state.tasks.get(taskArn)).toMatchObject({ lastStatus: 'RUNNING' });
  });

  it('is not answered when its shape is none, nor while the host is unknown', async () => {
    const { world, says, taskOn } = given();
    const { taskArn } = taskOn(world.instance(HOST));
    expect(await says('report', { tasks: 'all of them' })).toBeUndefined();
    expect(await says('report', running(taskArn), OTHER)).toBeUndefined();
  });

  it('is recorded although what it says of another task is no report, which alone is not acknowledged', async () => {
    const { world, says, taskOn } = given();
    const good = taskOn(world.instance(HOST));
    const tasks = [{ taskArn: `${good.taskArn}0`, sequence: 1, status: 'DONE' }, null, ...running(good.taskArn).tasks];
    expect(await says('report', { tasks })).toEqual({ acknowledged: { [good.taskArn]: 1 }, strays: [] });
    expect(await says('report', { tasks: tasks.slice(0, 1) })).toEqual({ acknowledged: {}, strays: [] });
    expect(world.state.tasks.get(good.taskArn)).toMatchObject({ lastStatus: 'RUNNING' });
  });

  it('brings a task definition that one of its own tasks runs, and no other', async () => {
    const { world, says, taskOn } = given();
    const { taskDefinitionArn } = taskOn(world.instance(HOST));
    world.instance(OTHER);
    expect(await says('task-definition', { taskDefinitionArn })).toMatchObject({ taskDefinitionArn, family: 'web' });
    expect(await says('task-definition', { taskDefinitionArn }, OTHER)).toBeUndefined();
  });

  it('asks for a task of its own what only the control plane knows, and for no other', async () => {
    const { world, says, taskOn, askedOfOthers } = given();
    const { taskArn } = taskOn(world.instance(HOST));
    world.instance(OTHER);
    expect(await says('task', { taskArn, about: 'facts' })).toMatchObject({ answer: { launchType: 'EC2', taskTags: [] } });
    const refused = { refused: { code: 'ResourceNotFoundException' } };
    for (const about of ['facts', 'credentials', 'protection'])
      expect(await says('task', { taskArn, about }, OTHER)).toMatchObject(refused);
    expect(askedOfOthers).toEqual([]);
    expect(await says('task', { taskArn, about: 'credentials' })).toEqual({ answer: { roleArn: 'role' } });
    expect(askedOfOthers).toEqual([{ subject: 'api.longshore.IssueTaskCredentials', input: { taskArn } }]);
  });

  it('protects a task by the rule of UpdateTaskProtection', async () => {
    const { world, says, taskOn } = given();
    const { taskArn } = taskOn(world.instance(HOST));
    const change = { protectionEnabled: true, expiresInMinutes: 5 };
    const failures = [{ arn: taskArn, reason: 'TASK_NOT_VALID', detail: expect.any(String) }];
    expect(await says('task', { taskArn, about: 'protection', change })).toEqual({ answer: { protectedTasks: [], failures } });
    expect(await says('task', { taskArn, about: 'protection' })).toEqual({ answer: { protectedTasks: [], failures } });
    const tooLong = { protectionEnabled: true, expiresInMinutes: 2881 };
    expect(await says('task', { taskArn, about: 'protection', change: tooLong })).toMatchObject({
      refused: { code: 'InvalidParameterException' },
    });
  });

  it('calls nothing a stray before this replica has caught up', async () => {
    const { world, says, taskOn, caughtUp } = given();
    const { taskArn } = taskOn(world.instance(HOST));
    const asked: StraysRequest = { taskArns: [taskArn as never, 'unknown' as never] };
    caughtUp.by = () => false;
    expect(await says('strays', asked)).toBeUndefined();
    caughtUp.by = () => true;
    expect(await says('strays', asked)).toEqual({ stop: ['unknown'] });
  });
});

describe('a host that moved to another cluster', () => {
  function moved() {
    const all = given();
    const { world } = all;
    const before = world.instance(HOST);
    world.given('CreateCluster', { clusterName: 'staging' });
    const left = all.taskOn(before);
    world.given('DeregisterContainerInstance', { containerInstance: before, force: true });
    const now = world.instance(HOST, { cluster: 'staging' });
    return { ...all, left, task: all.taskOn(now) };
  }

  it('speaks for the tasks that it has there', async () => {
    const { world, says, task } = moved();
    expect(await says('report', running(task.taskArn))).toEqual({ acknowledged: { [task.taskArn]: 1 }, strays: [] });
    expect(world.state.tasks.get(task.taskArn)).toMatchObject({ lastStatus: 'RUNNING' });
    expect(await says('task-definition', task)).toMatchObject({ taskDefinitionArn: task.taskDefinitionArn });
  });

  it('is told to stop what it ran before, and nothing else', async () => {
    const { says, task, left } = moved();
    expect(await says('strays', { taskArns: [task.taskArn, left.taskArn] })).toEqual({ stop: [left.taskArn] });
    expect(await says('report', running(left.taskArn))).toEqual({ acknowledged: {}, strays: [left.taskArn] });
  });
});

it('a host that was deregistered is told to stop what it still runs', async () => {
  const { world, says, taskOn } = given();
  const containerInstance = world.instance(HOST);
  const { taskArn } = taskOn(containerInstance);
  world.given('DeregisterContainerInstance', { containerInstance, force: true });
  expect(await says('strays', { taskArns: [taskArn] })).toEqual({ stop: [taskArn] });
});
