import { event } from './events.js';
import { type CommandRule, type CommandRules, ITSELF } from './rule-types.js';

/** The app's own: no disk has these keys any more. */
const recordDestroyedKeys: CommandRule<{ readonly keyIds: readonly string[] }> = {
  actors: ITSELF,
  decide({ retiredKeys }, { keyIds }) {
    const gone = keyIds.filter((keyId) => retiredKeys.has(keyId));
    return gone.length === 0 ? [] : [event('ValueKeysDestroyed', { keyIds: gone })];
  },
  reply: () => ({}),
};

export const keyCommands: CommandRules = { RecordDestroyedKeys: recordDestroyedKeys };
