import { ecsEvents } from '#lib/ecs/public-events';
import type { PublicEvent } from '#lib/kernel';
import type { Revision } from '#lib/journal';
import { silentLogger } from '#lib/platform';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { publicEventsOf, watchedFold } from '../../../../test/support/public-events.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { EventPublisher } from './event-publisher.js';
import { EventRing } from '#lib/app';

class Replica {
  readonly world = new EcsWorld();
  readonly clock = new VirtualClock();
  readonly told: { subject: string; event: PublicEvent }[] = [];
  readonly publisher: EventPublisher;
  heard = (_subject: string) => true;
  answer = (_subject: string): Promise<void> | undefined => undefined;
  private readonly watched;

  constructor(capacity = 1_000) {
    this.watched = watchedFold('world', new EventRing(ecsEvents, capacity), this.clock);
    const outlet = {
      wants: (subject: string) => this.heard(subject),
      send: (subject: string, id: string, payload: string) => {
        const event = JSON.parse(payload) as PublicEvent;
        expect(event.id).toBe(id);
        this.told.push({ subject, event });
        return this.answer(subject);
      },
    };
    this.publisher = new EventPublisher(this.watched.fold, this.watched.ring, outlet, this.clock, silentLogger);
  }

  catchUp(): void {
    const { fold } = this.watched;
    const { commits } = this.world;
    while (fold.revision < commits.length) fold.apply(commits[fold.revision]!, (fold.revision + 1) as Revision);
  }

  get all(): readonly PublicEvent[] {
    return publicEventsOf(this.world.commits);
  }
}

/** An instance, then 3 tasks on it in one commit. */
function fill({ world }: Replica): void {
  const instance = world.instance();
  world.place(world.definition(), [instance, instance, instance]);
}

describe('live listeners', () => {
  it('are told what was committed, in order, by account, region, kind and cluster', async () => {
    const replica = new Replica();
    replica.publisher.start();
    fill(replica);
    replica.catchUp();
    expect(replica.told).toEqual([]);
    await replica.clock.advance(0);
    expect(replica.told.map(({ event }) => event)).toEqual(replica.all);
    expect(replica.told.slice(0, 3).map(({ subject }) => subject)).toEqual([
      'events.000000000000.us-east-1.container-instance-state-change.default',
      'events.000000000000.us-east-1.task-state-change.default',
      'events.000000000000.us-east-1.container-instance-state-change.default',
    ]);
  });

  it('are told by the writer only, from its promotion on, to the last commit of its term', async () => {
    const replica = new Replica();
    fill(replica);
    replica.catchUp();
    await replica.clock.advance(10);
    replica.publisher.start();
    replica.world.instance('2'.repeat(32));
    replica.catchUp();
    replica.publisher.pause();
    replica.world.instance('3'.repeat(32));
    replica.catchUp();
    await replica.clock.advance(10);
    expect(replica.told.map(({ event }) => event)).toEqual(replica.all.slice(-2, -1));
  });

  it('are told the next event when it is known whether somebody hears it', async () => {
    const replica = new Replica();
    let known = () => {};
    const asked = new Promise<void>((resolve) => (known = resolve));
    replica.answer = () => asked;
    replica.publisher.start();
    fill(replica);
    replica.catchUp();
    await replica.clock.advance(10);
    expect(replica.told).toHaveLength(1);
    replica.world.instance('2'.repeat(32));
    replica.catchUp();
    await replica.clock.advance(10);
    expect(replica.told).toHaveLength(1);
    replica.answer = () => undefined;
    known();
    await replica.clock.advance(10);
    expect(replica.told.map(({ event }) => event)).toEqual(replica.all);
  });

  it('cost nothing where nobody listens', async () => {
    const replica = new Replica();
    replica.heard = (subject) => subject.includes('.task-state-change.');
    replica.publisher.start();
    fill(replica);
    replica.catchUp();
    await replica.clock.advance(0);
    const tasks = replica.all.filter((event) => event['detail-type'] === 'ECS Task State Change');
    expect(replica.told.map(({ event }) => event)).toEqual(tasks);
  });

  it('miss what a burst pushes out of the ring, and hear what follows', async () => {
    const replica = new Replica(3);
    replica.publisher.start();
    fill(replica);
    replica.world.instance('2'.repeat(32));
    replica.catchUp();
    await replica.clock.advance(0);
    expect(replica.told.map(({ event }) => event)).toEqual(replica.all.slice(-1));
  });

  it('hear more than one turn of the writer can tell', async () => {
    const replica = new Replica();
    replica.publisher.start();
    for (let n = 0; n < 250; n++) replica.world.instance(n.toString(16).padStart(32, '0'));
    replica.catchUp();
    await replica.clock.advance(0);
    await replica.clock.advance(0);
    expect(replica.told.map(({ event }) => event)).toEqual(replica.all);
  });
});
