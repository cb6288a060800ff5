import { ecsEvents, type Occurrence } from '#lib/ecs/public-events';
import type { EcsState } from '#lib/ecs/model';
import { type Position, parsePosition, type ReadEventsInput, type ReadEventsOutput } from '#lib/kernel';
import type { Fold, Revision } from '#lib/journal';
import type { ApiContext, ApiReply } from '#lib/messaging';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { publicEventsOf, SCOPE, watchedFold } from '../../../../test/support/public-events.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { EventReader, type PastEventsQuestion } from './event-reader.js';
import { EventRing } from './event-ring.js';

/** A replica with a ring, and a journal of clusters and tasks that it folds commit by commit. */
class Replica {
  readonly clock = new VirtualClock();
  readonly world = new EcsWorld();
  readonly asked: PastEventsQuestion[] = [];
  readonly fold: Fold<EcsState>;
  readonly ring: EventRing<EcsState, Occurrence>;
  readonly reader: EventReader;
  private readonly definition: string;

  constructor(capacity = 1_000) {
    const { fold, ring } = watchedFold('world', new EventRing(ecsEvents, capacity), this.clock);
    [this.fold, this.ring] = [fold, ring];
    const journal = { head: () => Promise.resolve(this.world.commits.length as Revision) };
    const past = {
      readEvents: (question: PastEventsQuestion): Promise<ApiReply> => {
        this.asked.push(question);
        return Promise.resolve({ unavailable: 'no past here' });
      },
    };
    this.reader = new EventReader(fold, ring, ecsEvents.detailTypes, journal, past, this.clock);
    this.world.instance();
    this.definition = this.world.definition();
  }

  /** Two events: the task and its instance. */
  place(requestToken: string): void {
    const [instance] = [...this.world.state.containerInstances.entries()].map(([arn]) => arn);
    const outcome = this.world.place(this.definition, [instance!], { requestToken });
    if ('rejection' in outcome) throw new Error(outcome.rejection.message);
  }

  catchUp(): void {
    const { commits } = this.world;
    while (this.fold.revision < commits.length) {
      this.fold.apply(commits[this.fold.revision]!, (this.fold.revision + 1) as Revision);
    }
  }

  read(input: ReadEventsInput, context: Partial<ApiContext> = {}): Promise<ApiReply> {
    const deadlineAtMs = this.clock.monotonicMs() + 4_000;
    const caller = { requestId: 'r', principal: 'p', ...SCOPE, deadlineAtMs, revisions: {}, ...context };
    return this.reader.read({ input, context: caller });
  }
}

const output = (reply: ApiReply): ReadEventsOutput => {
  if (!('output' in reply)) throw new Error(JSON.stringify(reply));
  return reply.output as ReadEventsOutput;
};
const refusal = (reply: ApiReply) => ('rejection' in reply ? reply.rejection : undefined);

describe('reading events', () => {
  it('begins now when it is not told after what', async () => {
    const replica = new Replica();
    replica.catchUp();
    expect(output(await replica.read({}))).toEqual({ events: [], cursor: 'ecs:1.0', caughtUp: true });
  });

  it('gives what follows, page by page, and what was asked for only', async () => {
    const replica = new Replica();
    for (let i = 0; i < 5; i++) replica.place(`token-${i}`);
    replica.catchUp();
    const all = publicEventsOf(replica.world.commits);
    const read: string[] = [];
    let after = 'ecs:0';
    for (let caughtUp = false; !caughtUp;) {
      const page = output(await replica.read({ after, maxResults: 3 }));
      expect(page.events.length).toBeLessThanOrEqual(3);
      read.push(...page.events.map(({ id }) => id));
      ({ cursor: after, caughtUp } = page);
    }
    expect(read).toEqual(all.map(({ id }) => id));
    const tasks = output(await replica.read({ after: all[1]!.id, detailTypes: ['ECS Task State Change'] }));
    expect(tasks.events.map(({ id }) => id)).toEqual(
      all.slice(2).flatMap(({ id, resources }) => (resources[0]!.includes(':task/') ? [id] : [])),
    );
    expect(tasks).toMatchObject({ cursor: all.at(-1)!.id, caughtUp: true });
  });

  it('shows nobody the events of another account or region', async () => {
    const replica = new Replica();
    replica.place('token');
    replica.catchUp();
    for (const other of [{ accountId: '111122223333' }, { region: 'eu-west-1' }]) {
      expect(output(await replica.read({ after: 'ecs:0' }, other)).events).toEqual([]);
    }
  });

  it('waits for what is yet to come, and for nothing that the filter leaves out', async () => {
    const replica = new Replica();
    replica.catchUp();
    const waiting = replica.read({ after: 'ecs:2', waitMs: 2_000, detailTypes: ['ECS Task State Change'] });
    replica.world.given('CreateCluster', { clusterName: 'other' });
    replica.catchUp();
    await replica.clock.advance(500);
    replica.place('token');
    replica.catchUp();
    const { events } = output(await waiting);
    expect(events.map(({ id }) => id)).toEqual(['ecs:4.0']);
    expect(replica.clock.monotonicMs()).toBe(500);
  });

  it('says where its events end when the time is over, and leaves time for the answer', async () => {
    const replica = new Replica();
    replica.catchUp();
    const waiting = replica.read(
      { after: 'ecs:1.0', waitMs: 2_500, groups: ['family:none'] },
      { deadlineAtMs: replica.clock.monotonicMs() + 1_000 },
    );
    replica.place('token');
    replica.catchUp();
    await replica.clock.advance(750);
    expect(output(await waiting)).toEqual({ events: [], cursor: 'ecs:3.1', caughtUp: true });
  });

  it('tells nobody by its cursor how much others do', async () => {
    const replica = new Replica();
    replica.catchUp();
    const quiet = { accountId: '111122223333' };
    const seen = new Set<string>();
    let after: string | undefined;
    for (let n = 0; n < 100; n++) {
      replica.place(`token-${n}`);
      replica.catchUp();
      seen.add(output(await replica.read({}, quiet)).cursor);
      ({ cursor: after } = output(await replica.read({ after: after ?? 'ecs:0' }, quiet)));
      seen.add(after);
    }
    expect([...seen]).toEqual(['ecs:0']);
  });

  it('answers at once when the replica stops', async () => {
    const replica = new Replica();
    replica.catchUp();
    const waiting = replica.read({ after: 'ecs:2', waitMs: 2_500 });
    replica.reader.stop();
    expect(output(await waiting)).toEqual({ events: [], cursor: 'ecs:2', caughtUp: true });
  });

  it('waits for a place that another replica gave, and asks to try again when it does not get there', async () => {
    const replica = new Replica();
    replica.catchUp();
    replica.place('one');
    const waiting = replica.read({ after: 'ecs:3' });
    replica.catchUp();
    expect(output(await waiting)).toEqual({ events: [], cursor: 'ecs:3', caughtUp: true });
    replica.place('two');
    const behind = replica.read({ after: 'ecs:4.0' });
    await replica.clock.advance(1_000);
    expect(await behind).toMatchObject({ unavailable: expect.stringContaining('revision 4') as string });
  });

  it('refuses places that cannot be', async () => {
    const replica = new Replica();
    replica.catchUp();
    expect(refusal(await replica.read({ after: 'yesterday' }))).toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining('"yesterday" is neither') as string,
    });
    const beyond = replica.read({ after: 'ecs:999.0' });
    await replica.clock.advance(1_000);
    expect(refusal(await beyond)?.message).toContain('the journal ends at 2');
    expect(refusal(await replica.read({ after: 'ecs:1' }, { asOf: '2026-11-22' }))?.message).toContain('without /as-of/');
  });

  it('refuses a detail type that no event has, which would wait for ever', async () => {
    const replica = new Replica();
    replica.catchUp();
    expect(refusal(await replica.read({ detailTypes: ['ECS Task State Change', 'tasks'] }))?.message).toContain(
      'no events of the detail type "tasks". Use one of: ECS Task State Change,',
    );
  });

  it('asks the past for what the ring has no more, up to where the fold stands', async () => {
    const replica = new Replica(4);
    for (let i = 0; i < 5; i++) replica.place(`token-${i}`);
    replica.catchUp();
    const oldest = parsePosition('ecs', 'ecs:5') as Position;
    expect(replica.ring.beginning).toBe(oldest.revision);
    expect(output(await replica.read({ after: 'ecs:5' })).events).toHaveLength(4);
    expect(replica.asked).toEqual([]);
    await replica.read({ after: 'ecs:5.1' });
    await replica.read({ after: 'ecs:4' });
    expect(replica.asked.map(({ after, until }) => [after, until])).toEqual([
      [{ revision: 5, index: 1 }, 7],
      [{ revision: 4 }, 7],
    ]);
  });
});
