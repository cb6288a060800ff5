import type { Decider, EventContext } from '../decider/decider.js';
import type { Scope } from '../ids.js';
import type { EventSubject } from './event-filter.js';
import type { PublicEvent } from './public-event.js';

/** When and where in the journal an occurrence happened. */
export interface OccurrencePlace {
  readonly revision: number;
  /** Among the public events of the revision. */
  readonly index: number;
  /** The commit's time. */
  readonly at: string;
}

/** Gets what each journal event made happen, in order; nothing for most kinds of events, which it is told, too. */
export type NoteOccurrences<O> = (context: EventContext, occurrences: readonly O[]) => void;

/**
 * What of a journal is public: a pure function of it, so nothing of it is stored. An occurrence `O` holds references to the entities as
 * they were right after an event (values are immutable), and is rendered when somebody reads it.
 */
export interface PublicEvents<S, O> {
  readonly detailTypes: readonly string[];
  /** The same decider, which also tells what happened in public, event by event. */
  noting(decider: Decider<S>, note: NoteOccurrences<O>): Decider<S>;
  /** Whose it is: nobody else sees it. */
  ownerOf(occurrence: O): Scope;
  subjectOf(occurrence: O): EventSubject;
  /** The same bytes wherever and whenever it is rendered. */
  render(occurrence: O, place: OccurrencePlace): PublicEvent;
}
