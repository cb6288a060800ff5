import type { JournalName } from '#lib/names';

/** What stands in the source, and in the broker's stream of the same name. */
export interface Standing {
  readonly journalId: string;
  readonly head: number;
}

export interface StreamStanding extends Standing {
  /** It says of itself that it is a relay, and not the journal. */
  readonly isRelay: boolean;
  /** Its last commit is the source's at the same revision (or there is none). */
  readonly isPart: boolean;
}

export type RelayPlan =
  /** Neither is there: a new journal. */
  | { readonly step: 'begin' }
  | { readonly step: 'make-stream' }
  | { readonly step: 'use-stream' }
  /** The stream is only a copy, and a wrong one. */
  | { readonly step: 'replace-stream' }
  | { readonly refuse: string };

const COPY = 'Stop everything (./longshore down) and copy it: ./longshore journal copy';

/**
 * What an owner does before it opens a journal of which the broker has a relay. Nothing that may be the only copy is ever removed, and
 * nothing is begun anew where something was. `shown`: the source, for people.
 */
export function relayPlan(
  journal: JournalName,
  shown: string,
  source: Standing | undefined,
  stream: StreamStanding | undefined,
  mayReplace: boolean,
): RelayPlan {
  if (!source && !stream) return { step: 'begin' };
  if (!source) return { refuse: missingSource(journal, shown, stream!) };
  if (!stream) return { step: 'make-stream' };
  const difference = differenceOf(source, stream);
  if (!difference) return { step: 'use-stream' };
  if (stream.isRelay && mayReplace) return { step: 'replace-stream' };
  return { refuse: `${shown} and NATS do not hold the same journal ${journal}: ${difference}. ${wayOut(stream)}` };
}

const missingSource = (journal: JournalName, shown: string, { head, isRelay }: StreamStanding): string =>
  isRelay
    ? `${shown} has no journal ${journal}, and NATS has a relay of it with ${head} commits. Restore it there, or give it back what the relay has. ${COPY} --from nats --to kurrentdb`
    : `the journal ${journal} is in NATS (${head} commits), and not in ${shown} yet. ${COPY} --from nats --to kurrentdb`;

function differenceOf(source: Standing, stream: StreamStanding): string | undefined {
  if (source.journalId !== stream.journalId) return `one is ${source.journalId}, the other ${stream.journalId}`;
  if (stream.head > source.head) return `the source ends at revision ${source.head}, and NATS has commits up to ${stream.head}`;
  return stream.isPart ? undefined : `they have different commits at revision ${stream.head}`;
}

const wayOut = ({ isRelay }: StreamStanding): string =>
  isRelay
    ? `What NATS has is a relay: once the source is known to be right, ./longshore up --rebuild-relay makes it anew; what only the relay has can be given back. ${COPY} --from nats --to kurrentdb`
    : `Nothing was changed: NATS may have the only copy. Unset LONGSHORE_JOURNAL to go on with it, or: ${COPY} --from nats --to kurrentdb`;
