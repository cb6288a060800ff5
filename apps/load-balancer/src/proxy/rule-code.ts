import { hashId } from '#lib/kernel';

/**
 * A rule in HAProxy's maps and variables: a number that is smaller the earlier a rule is tried, and that no other rule of the listener
 * gets later, so that a request between two changes of maps never meets another rule's action.
 */
const BITS = 2 ** 20;

export const ruleCode = (priority: number, arn: string): number => priority * BITS + parseInt(hashId(arn).slice(0, 5), 16);

/** After every rule's: priorities end at 50,000. */
export const DEFAULT_RULE = 100_000 * BITS;

/** A die has as many sides; each rule with weights has as many numbers of its own. */
export const SIDES = BITS;
