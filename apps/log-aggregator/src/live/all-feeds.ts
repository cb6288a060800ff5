import { setImmediate } from 'node:timers/promises';
import type { Clock } from '#lib/platform';
import type { LoggingState } from '../domain/state.js';
import type { Peers } from '../places/peers.js';
import { StoreUnavailable } from '../store/log-store.js';
import type { FeedPage, LineFeed, TakenLines } from './line-feed.js';

/** Whose lines somebody looks on at; more is told than that, never less. */
export interface Interest {
  readonly accountId: string;
  readonly region: string;
  /** Ids. */
  readonly groups?: readonly string[];
}

/** What another aggregator is asked of its feed. */
export type FeedQuestion =
  | { readonly feed: 'cursor' }
  | { readonly feed: 'read'; readonly after: string; readonly interest: Interest; readonly waitMs: number };

/** Of another one's answer. */
const PEER_PAGE_BYTES = 512 * 1024;
const ASK_MS = 1_000;
/** One that has not been heard for a while: that it is gone is known at once. */
const ASK_SILENT_MS = 200;
const LONGEST_WAIT_MS = 3_000;

interface Mark {
  readonly process: string;
  readonly at: string;
}

type Read = FeedPage | 'gone' | 'silent';

export interface AllFeedsDeps {
  readonly feed: LineFeed;
  readonly clock: Clock;
  /** Undefined: there are no others. */
  readonly peers?: Pick<Peers, 'others' | 'lives' | 'ask'>;
  readonly state: Pick<LoggingState, 'groups'>;
}

/**
 * What the stores of all aggregators have just taken. A cursor has the place in each of the feeds (`process-number`, divided by commas), so whoever is asked
 * goes on where another one ended, and nothing is passed on that nobody asks for.
 */
export class AllFeeds {
  constructor(private readonly deps: AllFeedsDeps) {}

  /** Where all of them are now. */
  async cursor(): Promise<string> {
    const { feed, peers } = this.deps;
    const own = feed.cursor();
    const others = await Promise.all(
      (peers?.others() ?? []).map(({ process }) => peers!.ask<string>(process, { feed: 'cursor' }, ASK_MS)),
    );
    return [own, ...others.filter((other) => other !== 'gone')].join(',');
  }

  /** What came behind the cursor; the first that comes within `waitMs` when nothing has. */
  async read(after: string, interest: Interest, waitMs: number): Promise<FeedPage> {
    const { marks, isComplete } = this.marksOf(after);
    const reads = await Promise.all(marks.map((mark) => this.readAt(mark, interest, 0)));
    let missed = !isComplete;
    const lives = marks.flatMap((mark, index) => {
      const read = reads[index]!;
      if (read === 'silent') return [mark];
      missed ||= read === 'gone' || read.missed;
      return read === 'gone' ? [] : [{ process: mark.process, at: read.cursor }];
    });
    const taken = reads.flatMap((read) => (typeof read === 'string' ? [] : read.taken));
    if (taken.length > 0 || missed || waitMs <= 0) {
      return { taken: taken.sort((a, b) => a.ingestedAt - b.ingestedAt), cursor: cursorOf(lives), missed };
    }
    const [index, first] = await this.firstOf(lives, interest, waitMs);
    // What it says of another one is asked again with the next page.
    if (typeof first === 'string') return { taken: [], cursor: cursorOf(lives), missed: false };
    const moved = lives.map((mark, at) => (at === index ? { ...mark, at: first.cursor } : mark));
    return { ...first, cursor: cursorOf(moved) };
  }

  /** What another aggregator has asked. */
  async answer(question: FeedQuestion): Promise<string | FeedPage> {
    if (question.feed === 'cursor') return this.deps.feed.cursor();
    return this.readOwn(question.after, question.interest, Math.min(question.waitMs, LONGEST_WAIT_MS), PEER_PAGE_BYTES);
  }

  private async readAt({ process, at }: Mark, interest: Interest, waitMs: number): Promise<Read> {
    const { feed, peers } = this.deps;
    if (process === feed.epoch) return this.readOwn(at, interest, waitMs);
    if (!peers) return 'gone';
    try {
      const question: FeedQuestion = { feed: 'read', after: at, interest, waitMs };
      return await peers.ask<FeedPage>(process, question, waitMs + (peers.lives(process) ? ASK_MS : ASK_SILENT_MS));
    } catch (error) {
      if (error instanceof StoreUnavailable) return 'silent';
      throw error;
    }
  }

  private async readOwn(after: string, interest: Interest, waitMs: number, pageBytes?: number): Promise<FeedPage> {
    const { feed, clock } = this.deps;
    const untilMs = clock.monotonicMs() + waitMs;
    let cursor = after;
    for (;;) {
      const page = feed.read(cursor, pageBytes);
      const taken = page.taken.filter((lines) => this.isMeant(lines, interest));
      cursor = page.cursor;
      if (taken.length > 0 || page.missed) return { taken, cursor, missed: page.missed };
      if (page.taken.length > 0) await setImmediate();
      else if (clock.monotonicMs() >= untilMs) return { taken, cursor, missed: false };
      else await feed.wait(untilMs - clock.monotonicMs());
    }
  }

  private isMeant({ group }: TakenLines, { accountId, region, groups }: Interest): boolean {
    if (groups) return groups.includes(group.id);
    const [known] = this.deps.state.groups.by('id', group.id);
    return known?.accountId === accountId && known.region === region;
  }

  /** One that is silent is no answer, unless all are. */
  private async firstOf(marks: readonly Mark[], interest: Interest, waitMs: number): Promise<readonly [number, Read]> {
    return Promise.race(
      marks.map(async (mark, index) => {
        const read = await this.readAt(mark, interest, waitMs);
        if (read === 'silent' || read === 'gone') await this.deps.clock.sleep(waitMs);
        return [index, read] as const;
      }),
    );
  }

  /** Those of the cursor, and from their beginnings those that came since. */
  private marksOf(cursor: string): { readonly marks: readonly Mark[]; readonly isComplete: boolean } {
    const { feed, peers } = this.deps;
    const given = new Map<string, string>();
    let isComplete = true;
    for (const at of cursor.split(',')) {
      const [, process] = /^([0-9a-f]+)-\d{1,15}$/.exec(at) ?? [];
      if (process === undefined || given.size >= MOST_MARKS) isComplete = false;
      else given.set(process, at);
    }
    for (const process of [feed.epoch, ...(peers?.others() ?? []).map((other) => other.process)])
      if (!given.has(process)) given.set(process, `${process}-0`);
    return { marks: Array.from(given, ([process, at]) => ({ process, at })), isComplete };
  }
}

/** Whoever gives more has made them up. */
const MOST_MARKS = 32;

const cursorOf = (marks: readonly Mark[]): string => marks.map(({ at }) => at).join(',');
