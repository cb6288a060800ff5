import { createHash } from 'node:crypto';
import { ecsDecider, ecsQueries } from '../../libs/domain/src/ecs-decider.js';
import { createEcsStore } from '../../libs/domain/src/model/state.js';
import type { AccountId, Region } from '../../libs/domain/src/model/ids.js';
import { type QueryRule, refusable } from '../../libs/domain/src/rules/handler.js';
import type { Command, EventRecord, Rejection } from '../../libs/journal/src/index.js';

export const ACCOUNT = '111122223333' as AccountId;
export const REGION = 'eu-central-1' as Region;

interface Who {
  readonly actor?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly principal?: string;
}

/**
 * The `ecs` state with the product's rules on it and nothing else: given commands, when one more, then its reply, its events or
 * its refusal. Each command is decided, evolved, checked and answered on a draft, as the writer does it.
 */
export class RegistryWorld {
  readonly store = createEcsStore();
  private commands = 0;
  /** The instant of the next command; tests move it. */
  at = '2026-11-22T11:00:00.000Z';
  /** Of the last command that was not refused. */
  events: readonly EventRecord[] = [];

  get state() {
    return this.store.state;
  }

  run(name: string, input: unknown, who: Who = {}): { ok: any } | { rejection: Rejection } {
    const { actor = 'state-store', accountId = ACCOUNT, region = REGION, principal = `arn:aws:iam::${accountId}:root` } = who;
    const id = `command-${++this.commands}`;
    const command: Command = { id, name, actor, principal, accountId, region, requestId: id, operation: name, input };
    const draft = this.store.draft();
    const revision = this.commands;
    const context = {
      at: this.at,
      revision,
      id: (salt: string) => createHash('sha256').update(`${id} ${salt}`).digest('hex').slice(0, 32),
    };
    const decision = ecsDecider.decide(draft.state, command, context);
    if ('rejection' in decision) return decision;
    const { events } = decision;
    const transaction = { ...command, commandId: id, events };
    events.forEach((event, index) => ecsDecider.evolve(draft.state, event, { at: this.at, revision, index, transaction }));
    ecsDecider.check(draft.state, events);
    const reply = ecsDecider.reply(draft.state, command, events);
    draft.apply();
    this.events = events;
    return { ok: reply };
  }

  /** The reply; a refusal fails the test. */
  ok(name: string, input: unknown = {}, who?: Who): any {
    const result = this.run(name, input, who);
    if ('rejection' in result) throw new Error(`${name}: ${result.rejection.code}: ${result.rejection.message}`);
    return result.ok;
  }

  /** The types of the events that the command leads to. */
  eventsOf(name: string, input: unknown = {}, who?: Who): string[] {
    this.ok(name, input, who);
    return this.events.map((event) => event.type);
  }

  /** `Code: message` of a command's refusal. */
  refusal(name: string, input: unknown = {}, who?: Who): string {
    const result = this.run(name, input, who);
    if (!('rejection' in result)) throw new Error(`${name} was not refused`);
    return `${result.rejection.code}: ${result.rejection.message}`;
  }

  ask(name: string, input: unknown = {}, who: Who = {}): any {
    const result = this.tryAsk(name, input, who);
    if ('rejection' in result) throw new Error(`${name}: ${result.rejection.code}: ${result.rejection.message}`);
    return result.ok;
  }

  /** `Code: message` of a query's refusal. */
  askRefusal(name: string, input: unknown = {}, who: Who = {}): string {
    const result = this.tryAsk(name, input, who);
    if (!('rejection' in result)) throw new Error(`${name} was not refused`);
    return `${result.rejection.code}: ${result.rejection.message}`;
  }

  private tryAsk(name: string, input: unknown, who: Who) {
    const { accountId = ACCOUNT, region = REGION, principal = `arn:aws:iam::${accountId}:root` } = who;
    const context = { accountId: accountId as AccountId, region: region as Region, principal, at: this.at };
    const rule = ecsQueries[name] as QueryRule<unknown>;
    return refusable<any>(() => rule(this.state, input, context));
  }
}
