import { hash } from 'node:crypto';
import type { Logger } from '#lib/platform';
import type { Command, Decider, Decision, DecisionContext, EventRecord, Rejection, StateDraft, Transaction } from '#lib/kernel';
import { messageOf, UnknownEventError } from './errors.js';
import type { Fold } from './fold.js';
import { type Commit, MAX_COMMIT_BYTES, type Revision } from './port.js';

/** Bytes of JSON around the transactions, generously. */
const ENVELOPE_BYTES = 512;

/** What the decider said about one command, on the draft that includes the commands before it. */
export type Verdict = { readonly output: unknown } | { readonly rejection: Rejection };

export interface Decided<E> {
  readonly entry: E;
  readonly verdict: Verdict;
}

/** Commands decided together on one draft, and the transactions that they want to become true together. */
export interface Batch<S, E> {
  readonly expected: Revision;
  readonly at: string;
  readonly draft: StateDraft<S>;
  readonly decided: readonly Decided<E>[];
  readonly transactions: readonly Transaction[];
  /** The same as JSON, one by one. */
  readonly encoded: readonly string[];
}

export function transactionOf(command: Command, events: readonly EventRecord[]): Transaction {
  return {
    commandId: command.id,
    actor: command.actor,
    principal: command.principal,
    ...(command.accessKeyId === undefined ? {} : { accessKeyId: command.accessKeyId }),
    accountId: command.accountId,
    region: command.region,
    requestId: command.requestId,
    operation: command.operation,
    ...(command.basisRevision !== undefined && { basisRevision: command.basisRevision }),
    ...(command.cause !== undefined && { cause: command.cause }),
    events,
  };
}

/** 32 hex digits, the same for the same command and salt wherever it is decided. */
export const deterministicId = (commandId: string, salt: string): string =>
  hash('sha256', `${commandId}\u0000${salt}`).slice(0, 32);

function tooLarge(bytes: number): Rejection {
  return {
    code: 'ClientException',
    status: 400,
    message:
      `The change needs ${bytes} bytes in the journal, and one request may change at most ${MAX_COMMIT_BYTES - ENVELOPE_BYTES}. ` +
      'Split it into several smaller requests.',
  };
}

const serverFault = (command: Command): Rejection => ({
  code: 'ServerException',
  status: 500,
  message: `The request failed inside the control plane and changed nothing; its log says why (request id ${command.requestId}).`,
});

/**
 * Decides commands one after another on one draft, each on the state that includes the ones before it. Nothing here waits, so
 * nothing can come between; nothing is true before the batch is appended.
 */
export class BatchBuilder<S, E extends { readonly command: Command }> {
  private readonly expected: Revision;
  private readonly at: string;
  private readonly draft: StateDraft<S>;
  private readonly decider: Decider<S>;
  private readonly decided: Decided<E>[] = [];
  private readonly transactions: Transaction[] = [];
  private readonly encoded: string[] = [];
  private bytes = ENVELOPE_BYTES;
  private events = 0;

  constructor(
    private readonly fold: Fold<S>,
    private readonly logger: Logger,
  ) {
    this.expected = fold.revision;
    this.at = new Date(fold.nowMs()).toISOString();
    this.draft = fold.store.draft();
    this.decider = fold.decider;
  }

  /** False when the batch is full: the command was not decided and belongs to the next one. */
  add(entry: E): boolean {
    const savepoint = this.draft.savepoint();
    let verdict: Verdict | 'full';
    try {
      verdict = this.decide(entry.command);
    } catch (error) {
      this.draft.rollbackTo(savepoint);
      const { id, name, requestId } = entry.command;
      this.logger.error({ err: error, commandId: id, command: name, requestId }, `command dropped: ${messageOf(error)}`);
      verdict = { rejection: serverFault(entry.command) };
    }
    if (verdict === 'full') return false;
    this.decided.push({ entry, verdict });
    return true;
  }

  build(): Batch<S, E> {
    const { expected, at, draft, decided, transactions, encoded } = this;
    return { expected, at, draft, decided, transactions, encoded };
  }

  private decide(command: Command): Verdict | 'full' {
    const { decider, draft, at } = this;
    const revision = this.expected + 1;
    const context: DecisionContext = { at, revision, id: (salt) => deterministicId(command.id, salt) };
    const decision: Decision = decider.decide(draft.state, command, context);
    if ('rejection' in decision) return decision;
    if (decision.events.length === 0) return { output: decider.reply(draft.state, command, []) };

    const json = JSON.stringify(transactionOf(command, decision.events));
    const bytes = Buffer.byteLength(json) + 1;
    if (bytes + ENVELOPE_BYTES > MAX_COMMIT_BYTES) return { rejection: tooLarge(bytes) };
    if (this.bytes + bytes > MAX_COMMIT_BYTES) return 'full';

    // Evolve what will be read back, not what the decider built: JSON drops `undefined` and turns dates into strings, and a
    // writer that folded something else than its standbys would differ from them silently.
    const transaction = JSON.parse(json) as Transaction;
    transaction.events.forEach((event, i) => {
      if (decider.knows && !decider.knows(event)) throw new UnknownEventError(this.fold.name, revision as Revision, event);
      decider.evolve(draft.state, event, { at, revision, index: this.events + i, transaction });
    });
    decider.check(draft.state, transaction.events);
    const output = decider.reply(draft.state, command, transaction.events);

    this.transactions.push(transaction);
    this.encoded.push(json);
    this.bytes += bytes;
    this.events += transaction.events.length;
    return { output };
  }
}

/** The answer to a command that was committed before. The state has moved on since; the events have not. */
export function replyAgain<S>(fold: Fold<S>, command: Command, transaction: Transaction, logger: Logger): Verdict {
  try {
    return { output: fold.decider.reply(fold.state, command, transaction.events) };
  } catch (error) {
    logger.error({ err: error, commandId: command.id, command: command.name }, `no reply could be made: ${messageOf(error)}`);
    return {
      rejection: {
        ...serverFault(command),
        message: `The request was carried out, but its answer failed (request id ${command.requestId}).`,
      },
    };
  }
}

export function commitOf(
  header: Pick<Commit, 'journalId' | 'commitId' | 'at' | 'writer'>,
  transactions: readonly Transaction[],
): Commit {
  return { v: 1, ...header, transactions };
}

/** The JSON of a commit whose transactions are JSON already: most of the writer's time would else go into writing them twice. */
export function encodeCommit(commit: Commit, transactions: readonly string[]): string {
  const around = JSON.stringify({ ...commit, transactions: [] });
  return `${around.slice(0, -2)}${transactions.join(',')}]}`;
}
