import {
  type AccountId,
  type Position,
  formatPosition,
  parsePosition,
  type ReadEventsInput,
  type ReadEventsOutput,
  type Region,
  type Rejection,
  type Scope,
} from '#lib/kernel';
import type { Fold, Journal, Revision } from '#lib/journal';
import type { ApiContext, ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import type { EventPage, EventRing, PageLimits } from './event-ring.js';

/** Events from before the ring; a worker thread folds them again. */
export interface PastEventReader {
  /** Gives events after `after`, up to and including revision `until`. */
  readEvents(question: PastEventsQuestion, deadlineAtMs: number): Promise<ApiReply>;
}

export interface PastEventsQuestion {
  readonly after: Position;
  readonly until: number;
  /** From here on the live ring has what follows: no cursor that would be folded for again is given before it. */
  readonly heldFrom: number;
  readonly scope: Scope;
  readonly input: ReadEventsInput;
}

const MAX_RESULTS = 100;
/** Of a page's JSON: far below what NATS carries (8 MB), enough to catch up fast. */
const MAX_BYTES = 1024 * 1024;
/** What is left of a request's time for the answer's way back. */
const ANSWER_MS = 250;
/** How long a replica may be behind the one that gave the cursor. */
const BEHIND_MS = 1_000;

export const limitsOf = ({ maxResults = MAX_RESULTS }: ReadEventsInput): PageLimits => ({ maxResults, maxBytes: MAX_BYTES });

export const outputOf = (journal: string, { events, position, atEnd }: EventPage): ReadEventsOutput => ({
  events,
  cursor: formatPosition(journal, position),
  caughtUp: atEnd,
});

/** As the caller may see it: a page that ends where everything ends says nothing of the others. */
export const seenBy = (scope: Scope, ring: Pick<EventRing<unknown, unknown>, 'cursorFor'>, page: EventPage, after?: Position) =>
  page.atEnd ? { ...page, position: ring.cursorFor(scope, page.position, after) } : page;

const scopeOf = ({ accountId, region }: ApiContext): Scope => ({ accountId: accountId as AccountId, region: region as Region });

const invalid = (message: string): { readonly rejection: Rejection } => ({
  rejection: { code: 'InvalidParameterException', message, status: 400 },
});

/** Answers `ReadEvents` on any replica: from its ring, from the journal for what is older, and waits for what is yet to come. */
export class EventReader {
  /** Ends the waits under way. */
  private readonly waiting = new Set<() => void>();
  private isStopping = false;

  constructor(
    private readonly fold: Pick<Fold<unknown>, 'name' | 'revision' | 'waitFor'>,
    private readonly ring: Pick<EventRing<unknown, unknown>, 'revision' | 'beginning' | 'holds' | 'page' | 'cursorFor'>,
    private readonly detailTypes: readonly string[],
    private readonly journal: Pick<Journal, 'head'>,
    private readonly past: PastEventReader,
    private readonly clock: Clock,
  ) {}

  async read({ input, context }: ApiRequest<ReadEventsInput>): Promise<ApiReply> {
    if (context.asOf)
      return invalid('Events are read from any moment on as they are: give the id of one as after, without /as-of/….');
    const strange = input.detailTypes?.find((type) => !this.detailTypes.includes(type));
    if (strange !== undefined)
      return invalid(`There are no events of the detail type "${strange}". Use one of: ${this.detailTypes.join(', ')}.`);
    if (input.after === undefined)
      return this.answer({ events: [], position: { revision: this.ring.revision }, atEnd: true }, scopeOf(context));
    const after = parsePosition(this.fold.name, input.after);
    if (!after) {
      return invalid(
        `"${input.after}" is neither an event's id nor a cursor: those look like ${this.fold.name}:48213.3. Leave after out to begin now.`,
      );
    }
    const unknown = await this.refuseUnknown(after, context);
    return unknown ?? this.readAfter(after, input, context);
  }

  /** Readers that wait are answered at once: they go on with another replica. */
  stop(): void {
    this.isStopping = true;
    for (const end of this.waiting) end();
  }

  /** A place that this replica has not folded: another replica gave it, or another journal. */
  private async refuseUnknown({ revision }: Position, context: ApiContext): Promise<ApiReply | undefined> {
    if (revision <= this.fold.revision) return undefined;
    const waitMs = Math.min(BEHIND_MS, this.leftMs(context));
    if (await this.fold.waitFor(revision as Revision, waitMs)) return undefined;
    const head = await this.journal.head();
    if (revision <= head) return { unavailable: `this replica has not folded revision ${revision} yet` };
    return invalid(`There is no revision ${revision}: the journal ends at ${head}. Leave after out to begin now.`);
  }

  private async readAfter(after: Position, input: ReadEventsInput, context: ApiContext): Promise<ApiReply> {
    const scope = scopeOf(context);
    const waitUntilMs = this.clock.monotonicMs() + Math.min(input.waitMs ?? 0, this.leftMs(context));
    for (let position = after; ;) {
      // Also in later rounds: while this one waited, a burst may have gone through the ring.
      if (!this.ring.holds(position)) {
        const [until, heldFrom] = [this.fold.revision, this.ring.beginning];
        return this.past.readEvents({ after: position, until, heldFrom, scope, input }, context.deadlineAtMs);
      }
      const page = this.ring.page(position, scope, input, limitsOf(input));
      if (page.events.length > 0 || !page.atEnd) return this.answer(page, scope, after);
      position = page.position;
      const isMore = await this.waitForCommit(waitUntilMs - this.clock.monotonicMs());
      if (!isMore) return this.answer(page, scope, after);
    }
  }

  private answer(page: EventPage, scope: Scope, after?: Position): ApiReply {
    return { output: outputOf(this.fold.name, seenBy(scope, this.ring, page, after)) };
  }

  /** False when the time is over first. */
  private waitForCommit(waitMs: number): Promise<boolean> {
    if (waitMs <= 0 || this.isStopping) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (isMore: boolean) => {
        this.waiting.delete(giveUp);
        resolve(isMore);
      };
      const giveUp = () => end(false);
      this.waiting.add(giveUp);
      void this.fold.waitFor((this.ring.revision + 1) as Revision, waitMs).then(end);
    });
  }

  private leftMs({ deadlineAtMs }: ApiContext): number {
    return Math.max(0, deadlineAtMs - this.clock.monotonicMs() - ANSWER_MS);
  }
}
