import type { JournalName } from '#lib/names';
import type { Journal, Revision } from '../port.js';

/** Where journals are kept that the broker only relays. */
export interface JournalSource {
  /** For people; without secrets. */
  readonly shown: string;
  /** Undefined when there is none; throws `JournalMismatchError` when what is there is no journal. */
  find(name: JournalName): Promise<Journal | undefined>;
  /** Where somebody else was faster, the journal of theirs. */
  create(name: JournalName, journalId: string): Promise<Journal>;
}

/** The broker's stream of a journal's name: the journal, or a relay of it. */
export interface BrokerJournal extends Journal {
  /** As it was opened. Undefined: it is the journal. Of a relay: the revision that it has to reach before it tells the whole of it. */
  readonly relaysUpTo: Revision | undefined;
}

export interface BrokerStreams<J extends BrokerJournal = BrokerJournal> {
  find(name: JournalName): Promise<J | undefined>;
  /** Where somebody else was faster, what is there then. */
  create(name: JournalName, journalId: string, relaysUpTo?: Revision): Promise<J>;
  /** Makes it a relay of a journal that is kept elsewhere and ends at `relaysUpTo` now; without it, the journal itself. */
  relabel(stream: J, relaysUpTo: Revision | undefined): Promise<void>;
  remove(stream: J): Promise<void>;
}
