import fc from 'fast-check';
import { type AssignmentText, parseAssignment, writeAssignment } from '#lib/ecs/model';
import type { Commit, Fold, Revision } from '#lib/journal';
import { silentLogger } from '#lib/platform';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { Assignments, touched } from './assignment.js';
import type { AssignmentBucket, StoredAssignment } from './assignment-bucket.js';
import { AssignmentPublisher } from './assignment-publisher.js';

const asRead = ({ assignment }: StoredAssignment) => parseAssignment(Buffer.from(writeAssignment(assignment as AssignmentText)));

/** A bucket with compare-and-set, whose puts take 10 ms and may fail. */
class TestBucket implements AssignmentBucket {
  readonly keys = new Map<string, StoredAssignment>();
  puts = 0;
  gets = 0;
  isAway = false;
  private reset: () => void = () => undefined;

  constructor(private readonly clock: VirtualClock) {}

  get(instanceId: string) {
    this.gets++;
    return Promise.resolve(this.keys.get(instanceId));
  }

  async put(instanceId: string, assignment: AssignmentText, previous: number) {
    await this.clock.sleep(10);
    if (this.isAway) throw new Error('no broker');
    if ((this.keys.get(instanceId)?.bucketRevision ?? 0) !== previous) return undefined;
    this.keys.set(instanceId, { assignment, bucketRevision: ++this.puts });
    return this.puts;
  }

  ids() {
    return Promise.resolve([...this.keys.keys()]);
  }

  remove(instanceId: string, bucketRevision: number) {
    if (this.keys.get(instanceId)!.bucketRevision <= bucketRevision) this.keys.delete(instanceId);
    return Promise.resolve();
  }

  onReset(listener: () => void) {
    this.reset = listener;
  }

  lose() {
    this.keys.clear();
    this.reset();
  }
}

function given() {
  const world = new EcsWorld();
  const clock = new VirtualClock();
  const bucket = new TestBucket(clock);
  let listener: (commit: Commit) => void = () => undefined;
  const fold = {
    state: world.state,
    journalId: 'journal',
    get revision() {
      return world.commits.length as Revision;
    },
    subscribe: (to: typeof listener) => (listener = to),
  } as unknown as Fold<typeof world.state>;
  const publisher = new AssignmentPublisher(fold, bucket, clock, silentLogger);
  const commit = <T>(change: () => T): T => {
    const result = change();
    listener(world.commits.at(-1)!);
    return result;
  };
  const instance = commit(() => world.instance());
  const definition = commit(() => world.definition());
  const assigned = () => [...bucket.keys.values()].map(asRead)[0];
  return { world, clock, bucket, publisher, commit, instance, definition, assigned };
}

describe('the assignments', () => {
  it('are what the fold says, from the promotion on', async () => {
    const { world, clock, publisher, commit, instance, definition, assigned } = given();
    publisher.start();
    await clock.advance(20);
    expect(assigned()).toMatchObject({ containerInstanceArn: instance, entries: [] });
    commit(() => world.place(definition, [instance]));
    await clock.advance(20);
    expect(assigned()!.entries).toMatchObject([{ taskDefinitionArn: definition, desiredStatus: 'RUNNING' }]);
    publisher.pause();
  });

  it('say how lines are shipped, where the account has set it', async () => {
    const { world, clock, publisher, commit, instance, definition, assigned } = given();
    publisher.start();
    commit(() => world.place(definition, [instance]));
    await clock.advance(20);
    expect(assigned()!.entries[0]).not.toHaveProperty('logMode');
    const setting = { name: 'defaultLogDriverMode', value: 'blocking' };
    commit(() => world.given('PutAccountSettingDefault', setting));
    commit(() => world.place(definition, [instance], { requestToken: 'another' }));
    await clock.advance(20);
    expect(assigned()!.entries).toMatchObject([{ logMode: 'blocking' }, { logMode: 'blocking' }]);
    publisher.pause();
  });

  it('keep a task that has to stop until it has STOPPED', async () => {
    const { world, clock, publisher, commit, instance, definition, assigned } = given();
    publisher.start();
    commit(() => world.place(definition, [instance]));
    const [task] = [...world.state.tasks.values()];
    commit(() => world.given('StopTask', { task: task!.taskArn, reason: 'enough' }));
    await clock.advance(40);
    expect(assigned()!.entries).toMatchObject([{ desiredStatus: 'STOPPED', stopReason: 'enough' }]);
    const report = { taskArn: task!.taskArn, sequence: 1, status: 'STOPPED', containers: [], healthStatus: 'UNKNOWN' };
    commit(() => world.given('RecordTaskProgress', { reports: [{ containerInstanceArn: instance, report }] }, 'health-monitor'));
    await clock.advance(40);
    expect(assigned()!.entries).toEqual([]);
    publisher.pause();
  });

  it('are put once for the changes that came during a put', async () => {
    const { world, clock, bucket, publisher, commit, instance, definition } = given();
    publisher.start();
    await clock.advance(20);
    const before = bucket.puts;
    for (let i = 0; i < 5; i++) commit(() => world.place(definition, [instance], { requestToken: `${i}` }));
    await clock.advance(50);
    expect(bucket.puts - before).toBe(2);
    publisher.pause();
  });

  it('come back after the broker lost them, and after it was away', async () => {
    const { clock, bucket, publisher, assigned } = given();
    publisher.start();
    await clock.advance(20);
    bucket.isAway = true;
    bucket.lose();
    await clock.advance(1_000);
    expect(assigned()).toBeUndefined();
    bucket.isAway = false;
    await clock.advance(1_000);
    expect(assigned()).toMatchObject({ entries: [] });
    publisher.pause();
  });

  it('are what the fold says after a time in which another replica wrote, and confirmed rather than put anew', async () => {
    const { world, clock, bucket, publisher, commit, instance, definition, assigned } = given();
    publisher.start();
    await clock.advance(20);
    const { puts } = bucket;
    publisher.pause();
    publisher.start();
    await clock.advance(20);
    expect(bucket.puts).toBe(puts);
    publisher.pause();
    commit(() => world.place(definition, [instance]));
    bucket.lose();
    publisher.start();
    await clock.advance(20);
    expect(assigned()).toMatchObject({ entries: [{ taskDefinitionArn: definition }] });
    publisher.pause();
  });

  it('are written over what is none', async () => {
    const { clock, bucket, publisher, instance, assigned } = given();
    const id = instance.split('/').at(-1)!;
    bucket.keys.set(id, { assignment: undefined, bucketRevision: 50 });
    publisher.start();
    await clock.advance(20);
    expect(assigned()).toMatchObject({ containerInstanceArn: instance, entries: [] });
    publisher.pause();
  });

  it('are compared a few at a time, and all of them within half a minute', async () => {
    const { world, clock, bucket, publisher, commit } = given();
    for (let n = 0; n < 299; n++) commit(() => world.instance(String(n).padStart(32, '0')));
    publisher.start();
    await clock.advance(150);
    expect([bucket.gets, bucket.keys.size]).toEqual([300, 300]);
    await clock.advance(200);
    expect(bucket.gets - 300).toBeLessThanOrEqual(2);
    const [lost] = bucket.keys.keys();
    bucket.keys.delete(lost!);
    await clock.advance(35_000);
    expect(asRead(bucket.keys.get(lost!)!)).toMatchObject({ entries: [] });
    expect(bucket.gets).toBeLessThan(700);
    publisher.pause();
  });

  it('of a newer writer are left alone', async () => {
    const { clock, bucket, publisher } = given();
    publisher.start();
    await clock.advance(20);
    const [id, stored] = [...bucket.keys][0]!;
    const newer = { body: `${stored.assignment!.body},"newer":1`, generation: { journalId: 'journal', revision: 99 } };
    bucket.keys.set(id, { assignment: newer, bucketRevision: 50 });
    await clock.advance(60_000);
    expect(bucket.keys.get(id)!.assignment).toBe(newer);
    publisher.pause();
  });

  it('of a host that is forgotten are taken away, those of one that a newer writer knows are not', async () => {
    const { world, clock, bucket, publisher, commit, instance } = given();
    publisher.start();
    await clock.advance(20);
    const [id, stored] = [...bucket.keys][0]!;
    const newer = { ...stored.assignment!, generation: { journalId: 'journal', revision: 99 } };
    bucket.keys.set('f'.repeat(32), { assignment: newer, bucketRevision: 60 });
    commit(() => world.given('DeregisterContainerInstance', { containerInstance: instance }));
    await clock.advance(60_000);
    expect([...bucket.keys.keys()]).toEqual([id, 'f'.repeat(32)]);
    world.state.containerInstances.delete(instance);
    await clock.advance(60_000);
    expect([...bucket.keys.keys()]).toEqual(['f'.repeat(32)]);
    publisher.pause();
  });

  it('of a host that moved to another cluster are those of the cluster where it is, and stay so', async () => {
    const { world, clock, bucket, publisher, commit, instance, definition, assigned } = given();
    publisher.start();
    await clock.advance(20);
    commit(() => world.given('DeregisterContainerInstance', { containerInstance: instance }));
    commit(() => world.given('CreateCluster', { clusterName: 'staging' }));
    const moved = commit(() => world.instance('1'.repeat(32), { cluster: 'staging' }));
    await clock.advance(20);
    expect(assigned()).toMatchObject({ containerInstanceArn: moved, clusterName: 'staging', entries: [] });
    const clusterArn = world.state.containerInstances.get(moved)!.clusterArn;
    commit(() => world.place(definition, [moved], { clusterArn }));
    await clock.advance(20);
    const { puts } = bucket;
    await clock.advance(120_000);
    expect(assigned()).toMatchObject({ containerInstanceArn: moved, entries: [{ taskDefinitionArn: definition }] });
    expect(bucket.puts).toBe(puts);
    publisher.pause();
  });
});

describe('what is kept of the assignments', () => {
  it('is what the state says, whatever came and went, in whatever order', () => {
    const step = fc.record({ what: fc.constantFrom('place', 'stop', 'end', 'look', 'untold'), at: fc.nat({ max: 40 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const world = new EcsWorld();
        const instances = [world.instance(), world.instance('1'.repeat(32))];
        const definition = world.definition();
        const kept = new Assignments(world.state);
        const texts = (assignments: Assignments) =>
          instances.map((arn) => assignments.at(world.state.containerInstances.get(arn)!, 'journal', 1).body);
        texts(kept);
        steps.forEach(({ what, at }, n) => {
          const tasks = [...world.state.tasks.values()].filter(({ lastStatus }) => lastStatus !== 'STOPPED');
          const task = tasks[at % Math.max(1, tasks.length)];
          if (what === 'place' || what === 'untold') world.place(definition, [instances[at % 2]!], { requestToken: `${n}` });
          else if (what === 'look') return void texts(kept);
          else if (!task) return;
          else if (what === 'stop') world.given('StopTask', { task: task.taskArn, reason: 'enough' });
          else {
            const { taskArn, containerInstanceArn } = task;
            const report = { taskArn, sequence: n + 1, status: 'STOPPED', containers: [], healthStatus: 'UNKNOWN' };
            world.given('RecordTaskProgress', { reports: [{ containerInstanceArn, report }] }, 'health-monitor');
          }
          if (what === 'untold') kept.doubt();
          for (const { events } of what === 'untold' ? [] : world.commits.at(-1)!.transactions)
            for (const change of touched(world.state, events)) kept.change(change);
          expect(texts(kept)).toEqual(texts(new Assignments(world.state)));
        });
      }),
      { numRuns: 60 },
    );
  });
});
