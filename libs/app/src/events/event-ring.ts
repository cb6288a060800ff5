import {
  comparePositions,
  type Decider,
  type EventContext,
  type EventFilter,
  type Position,
  matchesSubject,
  type PublicEvent,
  type PublicEvents,
  type Scope,
} from '#lib/kernel';
import type { Commit, Fold } from '#lib/journal';

/** Public events kept for readers that are nearly up to date; about 1 KB each, shared with the state as long as it has them. */
const CAPACITY = 10_000;

/**
 * A fold that is more commits behind is catching up: what it passes would be pushed out again, and to keep it alive for so long
 * costs the collector a fifth of the fold's time.
 */
const FAR_BEHIND = 500;

/** The public side of one commit; commits without are not kept. */
export interface PublicCommit<O> {
  readonly revision: number;
  readonly at: string;
  readonly occurrences: readonly O[];
}

/** Revisions between two places that a cursor of a quiet account may name… */
const CURSOR_STEP = 256;
/** …and the part of the ring that it may be behind: it has to be held when it comes back. */
const NEAR = 0.25;

const isOf = (scope: Scope, { accountId, region }: Scope): boolean => accountId === scope.accountId && region === scope.region;

/** In the place of one that was pushed out. */
const DROPPED: PublicCommit<never> = { revision: 0, at: '', occurrences: [] };

export interface PageLimits {
  readonly maxResults: number;
  /** Of JSON; the first event is given whatever its size. */
  readonly maxBytes: number;
}

export interface EventPage {
  readonly events: readonly PublicEvent[];
  /** Everything up to here was considered. */
  readonly position: Position;
  /** The position is the end of what is held. */
  readonly atEnd: boolean;
}

/** The last revision of which nothing follows the position any more. */
export const lastRevisionBefore = ({ revision, index }: Position): number =>
  index === undefined ? revision : Math.max(0, revision - 1);

/**
 * The newest public events of a fold, as references, rendered when they are read. What `evolve` did waits under its place in its
 * revision until the fold has the commit: a command rolled back on the writer's draft, or a draft that was never committed, is
 * overwritten or cut off.
 */
export class EventRing<S, O> {
  private commits: PublicCommit<O>[] = [];
  private first = 0;
  private size = 0;
  /** All events after `from`, up to and including `to`, are held. */
  private from = 0;
  private to = 0;
  private landed = 0;
  private fold: Pick<Fold<S>, 'lag'> | undefined;
  private farBehind = FAR_BEHIND;
  private isPassingOver = false;
  private notedRevision = 0;
  private noted: O[] = [];
  /** By the events' places: how much was noted up to and with each. */
  private readonly ends: number[] = [];

  constructor(
    private readonly events: PublicEvents<S, O>,
    private readonly capacity = CAPACITY,
  ) {}

  /** What a fold (and the drafts on it) have to evolve with, for this ring to follow it. */
  decider(base: Decider<S>): Decider<S> {
    return this.events.noting(base, (context, occurrences) => this.note(context, occurrences));
  }

  /** From where the fold stands now. `farBehind`: in commits. */
  follow(fold: Pick<Fold<S>, 'revision' | 'lag' | 'subscribe'>, farBehind = FAR_BEHIND): void {
    this.fold = fold;
    this.farBehind = farBehind;
    this.from = this.to = fold.revision;
    fold.subscribe((commit, revision) => this.land(commit, revision));
  }

  /** The last revision that is in. */
  get revision(): number {
    return this.to;
  }

  /** Everything after this revision is held. */
  get beginning(): number {
    return this.from;
  }

  /** How many public events it was given. */
  get passed(): number {
    return this.landed;
  }

  /** Whether everything that follows the position is held, or is what the fold comes to next. */
  holds(position: Position): boolean {
    const start = lastRevisionBefore(position);
    return this.from <= start && start <= this.to;
  }

  /** The commits after a position that is held, and the first one with what of it is left. */
  *after({ revision, index }: Position): Iterable<{ commit: PublicCommit<O>; firstIndex: number }> {
    for (let i = this.search(revision); i < this.commits.length; i++) {
      const commit = this.commits[i]!;
      const firstIndex = commit.revision > revision ? 0 : index === undefined ? commit.occurrences.length : index + 1;
      if (firstIndex < commit.occurrences.length) yield { commit, firstIndex };
    }
  }

  /** What a caller may see after a position that is held. */
  page(after: Position, scope: Scope, filter: EventFilter, { maxResults, maxBytes }: PageLimits): EventPage {
    const events: PublicEvent[] = [];
    let bytes = 0;
    let position = after;
    for (const { commit, firstIndex } of this.after(after)) {
      const { revision, at, occurrences } = commit;
      for (let index = firstIndex; index < occurrences.length; index++) {
        const occurrence = occurrences[index]!;
        if (isOf(scope, this.events.ownerOf(occurrence)) && matchesSubject(filter, this.events.subjectOf(occurrence))) {
          if (events.length >= maxResults) return { events, position, atEnd: false };
          const event = this.events.render(occurrence, { revision, index, at });
          bytes += JSON.stringify(event).length;
          if (bytes > maxBytes && events.length > 0) return { events, position, atEnd: false };
          events.push(event);
        }
        position = { revision, index };
      }
    }
    // A cursor never goes back.
    const end = { revision: this.to };
    return { events, position: comparePositions(after, end) > 0 ? after : end, atEnd: true };
  }

  /**
   * What to tell a caller of an end that was reached: where its account's last event is, not how far the others are. Where there is
   * none near, the last of a few round places: so a cursor of a quiet account moves, and nothing has to be folded for it again.
   */
  cursorFor(scope: Scope, end: Position, after: Position | undefined): Position {
    const round = Math.max(this.from, end.revision - (end.revision % CURSOR_STEP));
    let [found, passed] = [{ revision: round } as Position, 0];
    for (let i = this.search(end.revision + 1) - 1; i >= this.first && this.commits[i]!.revision > round; i--) {
      const { revision, occurrences } = this.commits[i]!;
      const index = occurrences.findLastIndex((occurrence) => isOf(scope, this.events.ownerOf(occurrence)));
      passed += occurrences.length;
      if (index < 0 && passed < this.capacity * NEAR) continue;
      found = index < 0 ? { revision } : { revision, index };
      break;
    }
    return after && comparePositions(after, found) > 0 ? after : found;
  }

  /** Called for every event of a fold. */
  private note({ revision, index }: EventContext, occurrences: readonly O[]): void {
    if (revision !== this.notedRevision) {
      this.notedRevision = revision;
      this.isPassingOver = !this.fold || this.fold.lag > this.farBehind;
      this.noted = [];
      this.ends.length = 0;
    }
    if (this.isPassingOver) return;
    const { noted, ends } = this;
    const start = index === 0 ? 0 : ends[index - 1]!;
    if (noted.length > start) noted.length = start;
    for (const occurrence of occurrences) noted.push(occurrence);
    ends[index] = noted.length;
  }

  private land({ at, transactions }: Commit, revision: number): void {
    let count = 0;
    for (const { events } of transactions) count += events.length;
    if (count > 0 && this.notedRevision !== revision) {
      throw new Error(`revision ${revision} was folded with a decider that is not the ring's`);
    }
    if (count > 0 && this.isPassingOver) return this.passOver(revision);
    const occurrences = this.noted;
    occurrences.length = count > 0 ? this.ends[count - 1]! : 0;
    this.noted = [];
    this.notedRevision = 0;
    this.to = revision;
    if (occurrences.length === 0) return;
    this.commits.push({ revision, at, occurrences });
    this.size += occurrences.length;
    this.landed += occurrences.length;
    while (this.size > this.capacity && this.commits.length - this.first > 1) this.dropOldest();
  }

  private passOver(revision: number): void {
    this.commits = [];
    this.first = this.size = 0;
    this.from = this.to = revision;
  }

  private dropOldest(): void {
    const { revision, occurrences } = this.commits[this.first]!;
    this.from = revision;
    this.size -= occurrences.length;
    this.commits[this.first++] = DROPPED;
    if (this.first < 1_000 || this.first < this.commits.length / 2) return;
    this.commits = this.commits.slice(this.first);
    this.first = 0;
  }

  /** The place of the first commit at or after a revision. */
  private search(revision: number): number {
    let [low, high] = [this.first, this.commits.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.commits[middle]!.revision < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
