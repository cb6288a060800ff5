import { parseAssignment, type Task, writeAssignment } from '#lib/ecs/model';
import { type BalancedWorld, balancedWorld } from '../../../../test/support/balanced-world.js';
import { Assignments, touched } from './assignment.js';

/** Of the last commit. */
const eventsOf = (world: BalancedWorld) => world.commits.at(-1)!.transactions[0]!.events;

function given() {
  const world = balancedWorld({ desiredCount: 1 });
  const [task] = world.tasks as [Task];
  const assignments = new Assignments(world.state);
  /** As whoever was told of the last commit's changes has it, and as whoever looks anew. */
  const entry = () => {
    const instance = world.state.containerInstances.get(task.containerInstanceArn)!;
    for (const change of touched(world.state, eventsOf(world))) assignments.change(change);
    const told = assignments.at(instance, 'journal', 1);
    expect(told).toEqual(new Assignments(world.state).at(instance, 'journal', 1));
    return parseAssignment(Buffer.from(writeAssignment(told)))!.entries.find(({ taskArn }) => taskArn === task.taskArn);
  };
  return { world, task, entry };
}

describe('the assignment of a task that drains', () => {
  it('says RUNNING, so that its host leaves it alone', () => {
    const { world, task, entry } = given();
    world.given('StopTask', { task: task.taskArn, reason: 'enough' });
    expect(entry()).toMatchObject({ desiredStatus: 'RUNNING' });
    expect(entry()).not.toHaveProperty('stopReason');
  });

  it.each([
    ['it has drained', (world: BalancedWorld) => world.drained()],
    [
      'its deadline has passed',
      (world: BalancedWorld) => {
        world.wait(60_000);
        world.given('Expire', {});
      },
    ],
  ])('says STOPPED as soon as %s', (_when, happens) => {
    const { world, task, entry } = given();
    world.given('StopTask', { task: task.taskArn, reason: 'enough' });
    expect(entry()).toMatchObject({ desiredStatus: 'RUNNING' });
    happens(world);
    expect(entry()).toMatchObject({ desiredStatus: 'STOPPED', stopReason: 'enough' });
    const { containerInstanceArn, taskArn } = task;
    expect([...touched(world.state, eventsOf(world))]).toContainEqual({ containerInstanceArn, taskArn });
  });
});
