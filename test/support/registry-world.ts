import type { AccountId, EventRecord, Region, Rejection } from '#lib/kernel';
import { EcsWorld } from './ecs-world.js';

export const ACCOUNT = '111122223333' as AccountId;
export const REGION = 'eu-central-1' as Region;

interface Who {
  readonly actor?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly principal?: string;
  readonly accessKeyId?: string;
}

const callerOf = ({ accountId = ACCOUNT, region = REGION, principal = `arn:aws:iam::${accountId}:root`, accessKeyId }: Who) => ({
  accountId,
  region,
  principal,
  ...(accessKeyId === undefined ? {} : { accessKeyId }),
});

/** An `EcsWorld` with many callers, and short words for what specs of the registry ask most. */
export class RegistryWorld {
  private readonly world = new EcsWorld(callerOf({}));
  /** Of the last command that was not refused. */
  events: readonly EventRecord[] = [];

  get state() {
    return this.world.state;
  }

  /** The instant of the last command. */
  get at() {
    return new Date(this.world.now).toISOString();
  }

  run(name: string, input: unknown, who: Who = {}): { ok: any } | { rejection: Rejection } {
    const outcome = this.world.command(name, input, who.actor, undefined, callerOf(who));
    if ('rejection' in outcome) return outcome;
    this.events = outcome.events;
    return { ok: outcome.output };
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

  private tryAsk(name: string, input: unknown, who: Who): { ok: any } | { rejection: Rejection } {
    const answer = this.world.query<{ rejection?: Rejection }>(name, input, callerOf(who));
    return answer.rejection ? { rejection: answer.rejection } : { ok: answer };
  }
}
