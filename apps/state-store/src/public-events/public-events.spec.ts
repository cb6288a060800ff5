import { ecsEvents, type Occurrence } from '#lib/ecs/public-events';
import fc from 'fast-check';
import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { type Decider, type Position, parsePosition, type PublicEvent, type ReadEventsOutput } from '#lib/kernel';
import {
  BEFORE_ALL,
  type Commit,
  Committer,
  Fold,
  foldUpTo,
  type Journal,
  MemoryJournal,
  type MemoryJournalFaults,
  MemoryJournalServer,
  type Revision,
} from '#lib/journal';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { asRead, EVERYTHING, publicEventsOf, SCOPE, watchedFold } from '../../../../test/support/public-events.js';
import { ServiceWorld } from '../../../../test/support/service-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { EventRing, PastEvents } from '#lib/app';

const CALLER = { principal: 'p', ...SCOPE };

/** A broken rule: what it evolved has to be taken back. */
class BrokenRule extends Error {}
const breakable: Decider<EcsState> = {
  ...ecs.decider,
  check(state, events) {
    ecs.decider.check(state, events);
    if (events.some(({ data }) => (data as { family?: string }).family === 'broken' || isDoomed(data))) throw new BrokenRule();
  },
};
const isDoomed = (data: unknown) =>
  (data as { attributes?: { name: string }[] }).attributes?.some(({ name }) => name === 'doomed');

/** A writer with a ring; its journal may lose appends. */
function writer(server: MemoryJournalServer, ring: EventRing<EcsState, Occurrence>, faults: MemoryJournalFaults = {}) {
  const decider = ring.decider(breakable);
  const fold = new Fold<EcsState>({ name: 'ecs', journalId: 'world', store: createEcsStore(), decider, clock: systemClock });
  ring.follow(fold);
  const fatal = (error: unknown) => {
    throw error instanceof Error ? error : new Error(String(error));
  };
  const committer = new Committer({
    journal: new MemoryJournal(server, { clock: systemClock, faults, appendTimeoutMs: 1 }),
    fold,
    writer: 'writer',
    clock: systemClock,
    random: seededRandom(3),
    logger: silentLogger,
    holdsCertainly: () => true,
    onStepDown: fatal,
    onFatal: fatal,
  });
  committer.open();
  let commands = 0;
  const send = (name: string, actor: string, input: object) => {
    const id = `command-${++commands}`;
    return committer.submit({ id, name, actor, input, requestId: id, operation: name, ...CALLER }, { timeoutMs: 5_000 });
  };
  return { fold, send };
}

const commitsOf = (server: MemoryJournalServer): Commit[] =>
  Array.from({ length: server.head }, (_, i) => server.at((i + 1) as Revision)!);

const everythingIn = (ring: EventRing<EcsState, Occurrence>): readonly PublicEvent[] =>
  asRead(ring.page({ revision: BEFORE_ALL }, SCOPE, {}, EVERYTHING).events);

const register = (n: number, attribute = 'good') => ({
  instanceId: String(n).repeat(32),
  request: {
    cluster: 'default',
    resources: { cpu: 2048, memoryMiB: 2048, gpu: 0, portsTcp: [], portsUdp: [] },
    attributes: [{ name: attribute }],
    versionInfo: {},
    hostId: `host-${n}`,
  },
});

describe('what a writer shows live', () => {
  it('has nothing of a command that was rolled back, before, between and after others of its commit', async () => {
    const server = new MemoryJournalServer('ecs', 'world');
    const ring = new EventRing(ecsEvents);
    const { send } = writer(server, ring);
    const answers = await Promise.all([
      send('RegisterAgentInstance', 'health-monitor', register(1, 'doomed')),
      send('RegisterAgentInstance', 'health-monitor', register(2)),
      send('RegisterAgentInstance', 'health-monitor', register(3, 'doomed')),
      send('RegisterAgentInstance', 'health-monitor', register(4)),
      send('RegisterAgentInstance', 'health-monitor', register(5, 'doomed')),
    ]);
    expect(answers.map((answer) => 'rejection' in answer)).toEqual([true, false, true, false, true]);
    expect(server.head).toBe(1);
    expect(everythingIn(ring).map(({ id, resources }) => [id, resources[0]!.slice(-1)])).toEqual([
      ['ecs:1.0', '2'],
      ['ecs:1.1', '4'],
    ]);
    expect(everythingIn(ring)).toEqual(publicEventsOf(commitsOf(server)));
  });

  it('is what a fold of the journal shows, also when appends are lost and decided anew', async () => {
    const ways = fc.array(fc.constantFrom('ok', 'lost', 'landed-unanswered', 'lands-late'), { minLength: 1, maxLength: 8 });
    const commands = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean()), {
      minLength: 1,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(ways, commands, async (fates, list) => {
        const server = new MemoryJournalServer('ecs', 'world');
        const ring = new EventRing(ecsEvents);
        let appends = 0;
        const { send } = writer(server, ring, { appendFate: () => fates[appends++] ?? 'ok' });
        let waiting: Promise<unknown>[] = [];
        for (const [n, isDoomedOne, isGrouped] of list) {
          waiting.push(send('RegisterAgentInstance', 'health-monitor', register(n, isDoomedOne ? 'doomed' : 'good')));
          if (isGrouped) continue;
          await Promise.all(waiting);
          waiting = [];
        }
        await Promise.all(waiting);
        expect(ring.revision).toBe(server.head);
        if (server.head > 0) expect(everythingIn(ring)).toEqual(publicEventsOf(commitsOf(server)));
      }),
      { numRuns: 15 },
    );
  });
});

function ringOver(commits: readonly Commit[], capacity: number): EventRing<EcsState, Occurrence> {
  const { fold, ring } = watchedFold('world', new EventRing(ecsEvents, capacity));
  commits.forEach((commit, i) => fold.apply(commit, (i + 1) as Revision));
  return ring;
}

/** A journal of a service's roll-outs, exits and failures. */
function eventfulJournal(): { journal: Journal; commits: readonly Commit[] } {
  const world = new ServiceWorld();
  world.create({ desiredCount: 3 });
  world.becomeSteady();
  world.exits(world.live[0]!);
  world.becomeSteady();
  world.given('UpdateService', { service: 'web', forceNewDeployment: true, healthyAfterMs: 5_000 });
  world.becomeSteady();
  world.given('UpdateService', { service: 'web', desiredCount: 0 });
  world.becomeSteady();
  return journalOf(world);
}

function journalOf(world: EcsWorld): { journal: Journal; commits: readonly Commit[] } {
  const { commits } = world;
  const server = new MemoryJournalServer('ecs', 'world');
  commits.forEach((commit, i) => server.store(JSON.stringify(commit), i as Revision));
  return { journal: new MemoryJournal(server, { clock: systemClock }), commits };
}

/** The worker's half. `snapshotEvery`: a fold starts at the last multiple at or before where it has to stand. */
function pastOf(journal: Journal, snapshotEvery: number): PastEvents<EcsState, Occurrence> & { opened: number } {
  const past = new PastEvents(
    ecsEvents,
    ecs.decider,
    journal,
    async (upTo, decider) => {
      Object.assign(past, { opened: past.opened + 1 });
      const fold = new Fold<EcsState>({ name: 'ecs', journalId: 'world', store: createEcsStore(), decider, clock: systemClock });
      // As restoring a snapshot would: nothing before it is evolved with the ring listening.
      await foldUpTo(fold, journal, (upTo - (upTo % snapshotEvery)) as Revision);
      // Far more than any ring holds is in the journal by now.
      fold.startedAt(1_000_000 as Revision);
      return fold;
    },
    new VirtualClock(),
  ) as PastEvents<EcsState, Occurrence> & { opened: number };
  return Object.assign(past, { opened: 0 });
}

async function pageOf(
  past: PastEvents<EcsState, Occurrence>,
  after: Position,
  until: number,
  maxResults: number,
): Promise<ReadEventsOutput> {
  const reply = await past.read({ after, until, heldFrom: until, scope: SCOPE, input: { maxResults } });
  if (!('output' in reply)) throw new Error(JSON.stringify(reply));
  return asRead(reply.output as ReadEventsOutput);
}

describe('what is read of the past', () => {
  const { journal, commits } = eventfulJournal();
  const all = publicEventsOf(commits);
  const head = commits.length;

  it('is what was live, from any place, in pages of any size, from any snapshot, and across the seam to the ring', async () => {
    const places = fc.oneof(
      fc.integer({ min: 0, max: all.length - 1 }).map((i) => all[i]!.id),
      fc.integer({ min: 0, max: head }).map((revision) => `ecs:${revision}`),
    );
    const sizes = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(places, sizes, sizes, sizes, async (from, maxResults, snapshotEvery, capacity) => {
        const ring = ringOver(commits, capacity);
        const past = pastOf(journal, snapshotEvery);
        const read: PublicEvent[] = [];
        let position = parsePosition('ecs', from)!;
        for (let atEnd = false; !atEnd;) {
          if (ring.holds(position)) {
            const page = ring.page(position, SCOPE, {}, { maxResults, maxBytes: Infinity });
            read.push(...asRead(page.events));
            ({ position, atEnd } = page);
          } else {
            const page = await pageOf(past, position, head, maxResults);
            read.push(...page.events);
            position = parsePosition('ecs', page.cursor)!;
          }
        }
        const index = all.findIndex(({ id }) => id === from);
        const { revision } = parsePosition('ecs', from)!;
        const expected =
          index >= 0 ? all.slice(index + 1) : all.filter(({ id }) => parsePosition('ecs', id)!.revision > revision);
        expect(read).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('is folded once for a reader who goes on, and for those who follow close behind', async () => {
    const past = pastOf(journal, 1_000);
    for (const reader of [1, 2]) {
      let position: Position = { revision: BEFORE_ALL };
      const read: PublicEvent[] = [];
      while (position.revision < head) {
        const page = await pageOf(past, position, head, 7 * reader);
        read.push(...page.events);
        position = parsePosition('ecs', page.cursor)!;
      }
      expect(read).toEqual(all);
    }
    expect(past.opened).toBe(1);
  });

  it('keeps few folds: one reader too many has to come again', async () => {
    const past = pastOf(journal, 10);
    const replies = await Promise.all(
      [5, 15, 25, 35].map((revision) =>
        past.read({ after: { revision }, until: revision + 1, heldFrom: 0, scope: SCOPE, input: {} }),
      ),
    );
    expect(replies.map((reply) => Object.keys(reply)[0])).toEqual(['output', 'output', 'output', 'unavailable']);
  });

  it('looks no further than it may, and says how far that was', async () => {
    const past = pastOf(journal, 1_000);
    const reply = await past.read({
      after: { revision: 3 },
      until: 9,
      heldFrom: 9,
      scope: SCOPE,
      input: { groups: ['family:none'] },
    });
    expect(reply).toEqual({ output: { events: [], cursor: 'ecs:9', caughtUp: false } });
  });
});

describe('the ring', () => {
  it('keeps no more than its capacity, whole commits, and knows where it begins', () => {
    const { commits } = eventfulJournal();
    const ring = ringOver(commits, 20);
    const all = publicEventsOf(commits);
    const kept = ring.page({ revision: ring.beginning }, SCOPE, {}, EVERYTHING).events;
    expect(kept.length).toBeLessThanOrEqual(20);
    expect(asRead(kept)).toEqual(all.filter(({ id }) => parsePosition('ecs', id)!.revision > ring.beginning));
    expect(ring.holds({ revision: ring.beginning })).toBe(true);
    expect(ring.holds({ revision: ring.beginning, index: 0 })).toBe(false);
    expect(ring.holds({ revision: ring.revision + 1 })).toBe(false);
  });

  it('ends a page at its size in bytes, though never before the first event', () => {
    const { commits } = eventfulJournal();
    const { length } = publicEventsOf(commits);
    const ring = ringOver(commits, 1_000);
    let position: Position = { revision: BEFORE_ALL };
    for (let i = 0; i < length; i++) {
      const page = ring.page(position, SCOPE, {}, { maxResults: 500, maxBytes: 1 });
      expect(page.events).toHaveLength(1);
      ({ position } = page);
    }
    expect(ring.page(position, SCOPE, {}, { maxResults: 500, maxBytes: 1 })).toMatchObject({ events: [], atEnd: true });
  });

  it('passes over what a fold that is far behind comes by, and keeps what follows', () => {
    const { commits } = eventfulJournal();
    const { fold, ring } = watchedFold('world');
    fold.noteHead((commits.length + 600) as Revision);
    commits.slice(0, 4).forEach((commit, i) => fold.apply(commit, (i + 1) as Revision));
    expect([ring.beginning, ring.passed]).toEqual([4, 0]);
    const near = watchedFold('world');
    near.fold.noteHead(503 as Revision);
    commits.forEach((commit, i) => near.fold.apply(commit, (i + 1) as Revision));
    expect(near.ring.beginning).toBe(3);
    const { events } = near.ring.page({ revision: 3 }, SCOPE, {}, EVERYTHING);
    expect(asRead(events)).toEqual(publicEventsOf(commits).filter(({ id }) => parsePosition('ecs', id)!.revision > 3));
  });

  it('refuses to follow a fold that evolves without it', () => {
    const { commits } = eventfulJournal();
    const fold = new Fold<EcsState>({
      name: 'ecs',
      journalId: 'world',
      store: createEcsStore(),
      decider: ecs.decider,
      clock: systemClock,
    });
    new EventRing(ecsEvents).follow(fold);
    expect(() => fold.apply(commits[0]!, 1 as Revision)).toThrow("a decider that is not the ring's");
  });
});
