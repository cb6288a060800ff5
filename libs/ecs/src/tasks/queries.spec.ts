import type { Task } from '../model/task.js';
import { EcsWorld, type Outcome } from '../../../../test/support/ecs-world.js';

const placedBy = (outcome: Outcome) => (outcome as { output: { placed: Task[] } }).output.placed;

/** Three tasks of web:1 on one instance. */
function threeTasks() {
  const world = new EcsWorld();
  const instance = world.instance();
  const tasks = placedBy(world.place(world.definition(), [instance, instance, instance])).map((task) => task.taskArn);
  const list = (input: object) => world.query<{ taskArns: string[]; nextToken?: string }>('ListTasks', input);
  return { world, instance, tasks, list: (input: object) => list(input) as { taskArns: string[]; nextToken?: string } };
}

describe('a list of tasks', () => {
  it('comes in pages; a token belongs to its filters', () => {
    const { world, tasks, list } = threeTasks();
    const first = list({ family: 'web', maxResults: 2 });
    const second = list({ family: 'web', maxResults: 1, nextToken: first.nextToken });
    expect([...first.taskArns, ...second.taskArns]).toEqual([...tasks].sort());
    expect(second.nextToken).toBeUndefined();
    expect(world.query('ListTasks', { family: 'other', nextToken: first.nextToken })).toMatchObject({
      rejection: { code: 'InvalidParameterException', message: expect.stringMatching(/Invalid token/) },
    });
  });

  it('has those that are meant to run, unless STOPPED is asked for; no task is ever meant to be PENDING', () => {
    const { world, tasks, list } = threeTasks();
    world.given('StopTask', { task: tasks[0] });
    expect(list({}).taskArns).toEqual(tasks.slice(1).sort());
    expect(list({ desiredStatus: 'STOPPED' }).taskArns).toEqual([tasks[0]]);
    expect(list({ desiredStatus: 'PENDING' }).taskArns).toEqual([]);
  });

  it.each([
    [{ family: 'web' }, 3],
    [{ family: 'we' }, 0],
    [{ launchType: 'EC2' }, 3],
    [{ launchType: 'EXTERNAL' }, 0],
    [{ startedBy: 'nobody' }, 0],
    [{ containerInstance: '1'.repeat(32) }, 3],
  ])('%j finds %i', (filter, count) => expect(threeTasks().list(filter).taskArns).toHaveLength(count));
});

describe('tasks that are not there', () => {
  it('are failures under the ARN that was asked for, or that they would have', () => {
    const { world } = threeTasks();
    const foreign = 'arn:aws:ecs:us-east-1:999999999999:task/default/0123';
    const id = '0'.repeat(32);
    expect(world.query('DescribeTasks', { tasks: [id, foreign] })).toEqual({
      tasks: [],
      failures: [
        { arn: `arn:aws:ecs:us-east-1:000000000000:task/default/${id}`, reason: 'MISSING' },
        { arn: foreign, reason: 'MISSING' },
      ],
    });
  });

  it.each(['None', '0'.repeat(31), 'arn:aws:ecs:us-east-1:000000000000:task/default/0123'])(
    'are refused under an id of a length that no id has: %s',
    (task) => {
      const { world } = threeTasks();
      const rejection = { code: 'InvalidParameterException', message: 'taskId length should be one of [32,36]' };
      expect(world.query('DescribeTasks', { tasks: [task] })).toMatchObject({ rejection });
      expect(world.command('StopTask', { task })).toMatchObject({ rejection });
    },
  );
});
