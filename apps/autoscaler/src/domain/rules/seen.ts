import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import type { EventCursors, RuleId } from './model.js';
import { ruleKey } from './names.js';

/** Up to where a rule's targets were told of events. `doneUntil`: as the rule was when they were read. */
export interface SeenEvents extends RuleId {
  readonly cursors: EventCursors;
  readonly doneUntil: string;
}

const record: CommandRule<{ readonly seen: readonly SeenEvents[] }> = {
  actors: ITSELF,
  decide: (state, { seen }) =>
    seen.flatMap(({ cursors, doneUntil, ...id }) => {
      const rule = state.rules.get(ruleKey(id));
      // One that was made anew, or disabled and enabled, begins anew.
      if (!rule || rule.doneUntil !== doneUntil) return [];
      return [event('RuleEventsSeen', { ...id, cursors })];
    }),
  reply: () => ({}),
};

export const seenCommands: CommandRules = { RecordSeenEvents: record };
