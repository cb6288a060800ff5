import type { Scope } from '#lib/kernel';
import { page } from '../pages.js';
import type { ScalingState } from '../state.js';
import type { Rule, RuleSettings } from './model.js';
import { BUS, busArn, ruleKey } from './names.js';
import { ruleRefusals as refusals } from './refusals.js';

export interface BusInput {
  /** Name or ARN. */
  readonly EventBusName?: string;
}

export interface PageInput {
  readonly NextToken?: string;
  readonly Limit?: number;
}

const MOST_RESULTS = 100;

export function checkBus(scope: Scope, { EventBusName: bus = BUS }: BusInput): void {
  if (bus !== BUS && bus !== busArn(scope)) throw refusals.noBus(bus);
}

export function knownRule(state: ScalingState, { accountId, region }: Scope, name: string, input: BusInput): Rule {
  checkBus({ accountId, region }, input);
  const rule = state.rules.get(ruleKey({ accountId, region, name }));
  if (!rule) throw refusals.noRule(name);
  return rule;
}

/** The gateway has checked what the model says of it. */
export const limitOf = ({ Limit = MOST_RESULTS }: PageInput): number => Limit;

export const pageOfRules = (rules: Iterable<Rule>, input: PageInput, filter: string) =>
  page(rules, ruleKey, { list: `rules ${filter}`, limit: limitOf(input), token: input.NextToken, badToken: refusals.badToken });

/** Not by the clock. */
export const isByEvents = ({ eventPattern }: RuleSettings): boolean => eventPattern !== undefined;
