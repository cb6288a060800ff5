import { createHash } from 'node:crypto';
import type { Commit } from '#lib/journal';
import {
  type Domain,
  type EventRecord,
  type QueryContext,
  type QueryRule,
  refusable,
  type Rejection,
  type StateTables,
} from '#lib/kernel';

export interface WorldCaller {
  readonly accountId: string;
  readonly region: string;
  readonly principal: string;
  readonly accessKeyId?: string;
}

export type Decided<E extends EventRecord = EventRecord> =
  { readonly output: never; readonly events: readonly E[] } | { readonly rejection: Rejection };

/** A journal's domain without journal, bus or time: given (commands), when (one more), then (its events and answer). */
export class DomainWorld<S, E extends EventRecord = EventRecord> {
  readonly store: StateTables<S>;
  /** What a journal would hold. */
  readonly commits: Commit[] = [];
  private revision = 0;
  private commands = 0;
  now = Date.UTC(2026, 10, 23, 12);

  constructor(
    readonly domain: Domain<S>,
    readonly owner: string,
    readonly scope: WorldCaller = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' },
  ) {
    this.store = domain.newTables();
  }

  get state(): S {
    return this.store.state;
  }

  /** Decides on a draft, as the committer does, and applies it. */
  command(name: string, input: unknown, actor = this.owner, id = `command-${++this.commands}`, caller = this.scope): Decided<E> {
    this.now += 1;
    const decided = this.decide(name, input, actor, id, caller);
    if ('rejection' in decided) return decided;
    const { output, events, transaction, at, apply } = decided;
    apply();
    this.revision++;
    this.commits.push({ v: 1, journalId: 'world', commitId: id, at, writer: 'world', transactions: [transaction] });
    return { output, events };
  }

  /** What the command would do and answer; nothing is done. Throws what is neither an answer nor a refusal. */
  protected decide(name: string, input: unknown, actor: string, id: string, caller: WorldCaller) {
    const { decider } = this.domain;
    const at = new Date(this.now).toISOString();
    // A scheduler's plan is made on the state as it is here.
    const basis = actor === 'scheduler' ? { basisRevision: this.revision } : {};
    const { operation = name } = (input ?? {}) as { readonly operation?: string };
    const command = { id, name, actor, ...caller, requestId: id, operation, ...basis, input };
    const context = {
      at,
      revision: this.revision + 1,
      id: (salt: string) => createHash('sha256').update(`${id}/${salt}`).digest('hex').slice(0, 32),
    };
    const draft = this.store.draft();
    const decision = decider.decide(draft.state, command, context);
    if ('rejection' in decision) return decision;
    const { input: _input, id: commandId, name: _name, ...said } = command;
    const transaction = { commandId, ...said, events: decision.events };
    decision.events.forEach((event, index) =>
      decider.evolve(draft.state, event, { at, revision: context.revision, index, transaction }),
    );
    decider.check(draft.state, decision.events);
    const output = decider.reply(draft.state, command, decision.events) as never;
    return { output, events: decision.events as readonly E[], transaction, at, apply: () => draft.apply() };
  }

  /** As `command`, for what has to succeed. */
  given<T = never>(name: string, input: object, actor?: string): T {
    const outcome = this.command(name, input, actor);
    if ('rejection' in outcome) throw new Error(`${name} was refused: ${outcome.rejection.message}`);
    return outcome.output as T;
  }

  query<T = never>(name: string, input: unknown, caller = this.scope): T | { readonly rejection: Rejection } {
    const context = { ...caller, at: new Date(this.now).toISOString() } as QueryContext;
    const rule = this.domain.queries[name] as QueryRule<S, unknown>;
    const answered = refusable(() => rule(this.state, input, context));
    return 'ok' in answered ? (answered.ok as T) : answered;
  }
}
