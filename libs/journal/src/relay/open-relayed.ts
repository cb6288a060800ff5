import type { JournalName } from '#lib/names';
import { Backoff, type Clock, type Logger, type Random } from '#lib/platform';
import { JournalMismatchError, messageOf } from '../errors.js';
import { BEFORE_ALL, type Journal } from '../port.js';
import type { BrokerJournal, BrokerStreams, JournalSource } from './places.js';
import { Relay } from './relay.js';
import { relayPlan, type StreamStanding } from './relay-plan.js';
import { RelayedJournal } from './relayed-journal.js';

export interface OpenRelayedOptions<J extends BrokerJournal = BrokerJournal> {
  readonly name: JournalName;
  readonly source: JournalSource;
  readonly streams: BrokerStreams<J>;
  /** The operator lets a relay go that differs from its source. */
  readonly mayReplace: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly waitsFor: (what: string) => void;
}

export interface OpenedRelay {
  readonly journal: RelayedJournal;
  readonly relay: Relay;
}

const PAUSES = { firstMs: 100, longestMs: 2_000 };

/**
 * The journal of a source, with a stream on the broker that has all of it by then. Waits for both; throws `JournalMismatchError`, with
 * what to do, when they do not belong together.
 */
export async function openRelayed<J extends BrokerJournal>(options: OpenRelayedOptions<J>): Promise<OpenedRelay> {
  const { name, source, clock, logger, waitsFor } = options;
  const backoff = new Backoff(clock, PAUSES);
  for (;;) {
    try {
      return await tryToOpen(options);
    } catch (error) {
      if (error instanceof JournalMismatchError) throw error;
      waitsFor(`waiting for ${source.shown}`);
      logger.warn({ journal: name }, `the journal in ${source.shown} cannot be opened yet: ${messageOf(error)}`);
      await backoff.pause();
    }
  }
}

async function tryToOpen<J extends BrokerJournal>(options: OpenRelayedOptions<J>): Promise<OpenedRelay> {
  const { name, streams, random, clock, logger, waitsFor } = options;
  // In this order: whoever begins a journal makes its source first.
  let stream = await streams.find(name);
  let source = await options.source.find(name);
  const head = source ? await source.head() : BEFORE_ALL;
  const standing = stream && (await standingOf(stream, source));
  const plan = relayPlan(
    name,
    options.source.shown,
    source && { journalId: source.journalId, head },
    standing,
    options.mayReplace,
  );
  if ('refuse' in plan) throw new JournalMismatchError(name, plan.refuse);
  if (plan.step === 'replace-stream') {
    logger.warn({ journal: name, head: standing!.head }, 'the relay in NATS is made anew');
    await streams.remove(stream!);
  }
  if (plan.step === 'use-stream') {
    const isComplete = standing!.head === head;
    if (!standing!.isRelay || !isComplete) await streams.relabel(stream!, head);
  } else {
    source ??= await options.source.create(name, random.hex(16));
    stream = await streams.create(name, source.journalId, head);
  }
  const relay = new Relay({ source: source!, stream: stream!, clock, logger });
  waitsFor(`bringing the ${name} journal from ${options.source.shown} into NATS`);
  await relay.fill();
  return { journal: new RelayedJournal(source!, relay), relay };
}

async function standingOf(stream: BrokerJournal, source: Journal | undefined): Promise<StreamStanding> {
  const { journalId } = stream;
  const head = await stream.head();
  const isSame = head > BEFORE_ALL && source?.journalId === journalId;
  const [last, original] = isSame ? await Promise.all([stream.read(head), source.read(head)]) : [];
  if (isSame && !last) throw new Error(`revision ${head} of the stream cannot be read`);
  return {
    journalId,
    head,
    isRelay: stream.relaysUpTo !== undefined,
    isPart: head === BEFORE_ALL || (last !== undefined && last.commitId === original?.commitId),
  };
}
