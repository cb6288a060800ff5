import type { Command, Decider, Decision, EventContext, EventRecord } from '#lib/journal';
import { evolve, knowsEvent } from './evolve/evolve.js';
import { checkInvariants } from './evolve/invariants.js';
import { explainQueries } from './explain/index.js';
import type { AccountId, Region } from './model/ids.js';
import type { EcsEvent } from './model/events.js';
import type { EcsState } from './model/state.js';
import { registryCommands, registryQueries } from './registry/index.js';
import { type CommandRule, type CommandRules, type QueryRules, commandContext, refusable } from './rules/handler.js';
import { serviceCommands, serviceQueries } from './services/index.js';
import { taskCommands, taskQueries } from './tasks/index.js';

/** Every command of the `ecs` journal by name. A name is an API operation's, or an app's own. */
export const ecsCommands: CommandRules = { ...registryCommands, ...taskCommands, ...serviceCommands };

/** Every read that the `ecs` state answers, by operation. */
export const ecsQueries: QueryRules = { ...registryQueries, ...taskQueries, ...serviceQueries, ...explainQueries };

function ruleOf(command: Command): CommandRule<unknown> {
  const rule = Object.hasOwn(ecsCommands, command.name) ? ecsCommands[command.name] : undefined;
  if (!rule) throw new Error(`no rule for the command ${command.name}`);
  return rule as CommandRule<unknown>;
}

/** Rises whenever `evolve` would make another state of the same journal: snapshots of older ones are then ignored. */
export const ECS_SCHEMA_VERSION = 5;

export const ecsDecider: Decider<EcsState> = {
  decide(state, command, context): Decision {
    const rule = ruleOf(command);
    if (!rule.actors.includes(command.actor)) throw new Error(`${command.actor} may not send ${command.name}`);
    const decided = refusable(() => rule.decide(state, command.input, commandContext(command, context)));
    return 'ok' in decided ? { events: decided.ok } : decided;
  },
  evolve: (state: EcsState, event: EventRecord, context: EventContext) => evolve(state, event, context),
  reply(state, command, events) {
    const caller = {
      accountId: command.accountId as AccountId,
      region: command.region as Region,
      principal: command.principal,
    };
    return ruleOf(command).reply(state, command.input, events as readonly EcsEvent[], caller);
  },
  knows: knowsEvent,
  check: (state, events) => checkInvariants(state, events),
};
