import { comparePositions, type Decider, type Position, type PublicEvents } from '#lib/kernel';
import { type Fold, foldUpTo, type Journal, type Revision } from '#lib/journal';
import type { ApiReply } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import { limitsOf, outputOf, seenBy, type PastEventsQuestion } from './event-reader.js';
import { EventRing, lastRevisionBefore } from './event-ring.js';

/** Folds of the past kept for the next page; each is a whole state. */
const MOST_SESSIONS = 3;
/** A session that nobody read from for so long makes room for another reader; after the longer time it goes. */
const IDLE_MS = 5_000;
const FORGOTTEN_AFTER_MS = 60_000;
/** One request folds at most this much, and ends with the first page it found. */
const COMMITS_A_REQUEST = 5_000;
const EVENTS_AT_ONCE = 1_000;

/** A fold that stands where its readers are, with the events that it passed: the live ring's past. */
interface Session<S, O> {
  readonly startsAfter: Revision;
  /** Once it is, the ring tells what it holds. */
  isOpen: boolean;
  readonly ring: EventRing<S, O>;
  readonly fold: Promise<Fold<S>>;
  /** One reader at a time moves the fold. */
  work: Promise<unknown>;
  underWay: number;
  usedAtMs: number;
}

/** Public events from before the ring, page by page: the journal folded anew with the same code. In the worker thread. */
export class PastEvents<S, O> {
  private sessions: Session<S, O>[] = [];

  constructor(
    private readonly events: PublicEvents<S, O>,
    private readonly decider: Decider<S>,
    private readonly journal: Journal,
    /** A fold that stands on a snapshot at or before a revision. */
    private readonly newFold: (upTo: Revision, decider: Decider<S>) => Promise<Fold<S>>,
    private readonly clock: Clock,
  ) {}

  async read(question: PastEventsQuestion): Promise<ApiReply> {
    const session = this.sessionFor(question.after);
    if (!session) return { unavailable: 'several readers are catching up with events of long ago' };
    session.underWay++;
    const page = session.work.then(() => this.pageOf(session, question));
    session.work = page.catch(() => undefined);
    try {
      const given = await page;
      return given
        ? { output: outputOf(this.journal.name, given) }
        : { unavailable: 'another reader was faster, and its events took the place of these' };
    } finally {
      session.underWay--;
      session.usedAtMs = this.clock.monotonicMs();
      this.clock.after(FORGOTTEN_AFTER_MS, () => this.forget(FORGOTTEN_AFTER_MS));
    }
  }

  /** Undefined when the session has passed the place by now: the next attempt opens one for it. */
  private async pageOf({ fold: opening, ring }: Session<S, O>, question: PastEventsQuestion) {
    const { after, until, heldFrom, scope, input } = question;
    const fold = await opening;
    const last = Math.min(until, fold.revision + COMMITS_A_REQUEST) as Revision;
    let position = after;
    for (;;) {
      if (!ring.holds(position)) return undefined;
      const page = ring.page(position, scope, input, limitsOf(input));
      // The end of what was folded here is not the end of the stream.
      if (page.events.length > 0 || !page.atEnd || fold.revision >= last)
        return {
          ...seenBy(scope, ring, page, latest(after, { revision: Math.min(heldFrom, page.position.revision) })),
          atEnd: false,
        };
      position = page.position;
      const passed = ring.passed;
      await foldUpTo(fold, this.journal, last, () => ring.passed - passed >= EVENTS_AT_ONCE);
    }
  }

  private sessionFor(after: Position): Session<S, O> | undefined {
    const startsAfter = lastRevisionBefore(after) as Revision;
    const known = this.sessions.find((one) => (one.isOpen ? one.ring.holds(after) : one.startsAfter === startsAfter));
    if (known) return known;
    if (this.sessions.length >= MOST_SESSIONS) this.forget(IDLE_MS);
    if (this.sessions.length >= MOST_SESSIONS) return undefined;
    const session = this.open(startsAfter);
    this.sessions.push(session);
    // What could not be opened (the broker was away) is not kept.
    session.fold.catch(() => (this.sessions = this.sessions.filter((one) => one !== session)));
    return session;
  }

  private open(startsAfter: Revision): Session<S, O> {
    const ring = new EventRing(this.events);
    const opening = async (): Promise<Fold<S>> => {
      const fold = await this.newFold(startsAfter, ring.decider(this.decider));
      // The ring does not follow yet: what is on the way there is nobody's page.
      await foldUpTo(fold, this.journal, startsAfter);
      // However far behind: what it passes is what the readers want.
      ring.follow(fold, Infinity);
      session.isOpen = true;
      return fold;
    };
    const usedAtMs = this.clock.monotonicMs();
    const session: Session<S, O> = {
      startsAfter,
      isOpen: false,
      ring,
      fold: Promise.resolve().then(opening),
      work: Promise.resolve(),
      underWay: 0,
      usedAtMs,
    };
    return session;
  }

  private forget(idleMs: number): void {
    const nowMs = this.clock.monotonicMs();
    const isKept = ({ underWay, usedAtMs }: Session<S, O>) => underWay > 0 || nowMs - usedAtMs < idleMs;
    this.sessions = this.sessions.filter(isKept);
  }
}

const latest = (a: Position, b: Position): Position => (comparePositions(a, b) >= 0 ? a : b);
