import { sameContent, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { type BusInput, checkBus, isByEvents, knownRule, limitOf, pageOfRules } from './input.js';
import { checkLogTarget } from './log-target.js';
import { checkTarget, type TargetInput } from './run-task-input.js';
import { ruleRefusals as refusals } from './refusals.js';
import { failed, runsOf } from './runs.js';
import { page } from '../pages.js';

/** AWS's quota of one rule. */
const MOST_TARGETS = 5;

type OfRule = BusInput & { readonly Rule: string };
interface Failed {
  readonly TargetId: string;
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}
const outcome = (FailedEntries: readonly Failed[] = []) => ({ FailedEntryCount: FailedEntries.length, FailedEntries });

const putTargets: CommandRule<OfRule & { readonly Targets: readonly TargetInput[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, accessKeyId } = context;
    const rule = knownRule(state, context, input.Rule, input);
    const given = input.Targets.map((target) => (isByEvents(rule.settings) ? checkLogTarget : checkTarget)(context, target));
    const ids = new Set(given.map(({ Id }) => Id));
    if (ids.size < given.length) throw refusals.validation('Every target of a request needs an Id of its own.');
    for (const { given: known } of rule.targets) ids.add(known.Id);
    if (ids.size > MOST_TARGETS) throw refusals.limit();
    const targets = given
      .map((one) => ({ given: one, ...(accessKeyId === undefined ? {} : { accessKeyId }) }))
      .filter((target) => {
        const known = rule.targets.find((one) => one.given.Id === target.given.Id);
        return !known || !sameContent(known, target);
      });
    return targets.length === 0 ? [] : [event('RuleTargetsPut', { accountId, region, name: rule.name, targets })];
  },
  reply: () => outcome(),
};

const listTargetsByRule: QueryRule<OfRule & { readonly NextToken?: string; readonly Limit?: number }> = (
  state,
  input,
  caller,
) => {
  const { targets, name } = knownRule(state, caller, input.Rule, input);
  const given = targets.map((target) => target.given).sort((a, b) => (a.Id < b.Id ? -1 : 1));
  const options = { list: `targets ${name}`, limit: limitOf(input), token: input.NextToken, badToken: refusals.badToken };
  const { items, nextToken } = page(given, ({ Id }) => Id, options);
  return { Targets: items, NextToken: nextToken };
};

/** What was to be run for one that is removed is not run. Ids that are not there are told, and the others removed. */
const removeTargets: CommandRule<OfRule & { readonly Ids: readonly string[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const rule = knownRule(state, context, input.Rule, input);
    const { accountId, region, name } = rule;
    const targetIds = rule.targets.map(({ given }) => given.Id).filter((id) => input.Ids.includes(id));
    if (targetIds.length === 0) return [];
    return [
      event('RuleTargetsRemoved', { accountId, region, name, targetIds }),
      ...runsOf(state, rule, { kind: 'rule', name })
        .filter(({ target }) => targetIds.includes(target.given.Id))
        .map((run) => failed(run, 'Its target was removed from the rule.')),
    ];
  },
  reply: (_state, { Rule, Ids }, events) => {
    const removed = events.flatMap(({ type, data }) =>
      type === 'RuleTargetsRemoved' ? (data as { readonly targetIds: readonly string[] }).targetIds : [],
    );
    return outcome(
      [...new Set(Ids)]
        .filter((id) => !removed.includes(id))
        .map((TargetId) => ({
          TargetId,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Rule '${Rule}' does not have a target with the Id '${TargetId}'.`,
        })),
    );
  },
};

const listRuleNamesByTarget: QueryRule<
  BusInput & { readonly TargetArn: string; readonly NextToken?: string; readonly Limit?: number }
> = (state, input, caller) => {
  checkBus(caller, input);
  const named = [...state.rules.ordered('scope', scopeKey(caller))].filter(({ targets }) =>
    targets.some(({ given }) => given.Arn === input.TargetArn),
  );
  const { items, nextToken } = pageOfRules(named, input, `of ${input.TargetArn}`);
  return { RuleNames: items.map(({ name }) => name), NextToken: nextToken };
};

export const ruleTargetCommands: CommandRules = { PutTargets: putTargets, RemoveTargets: removeTargets };
export const ruleTargetQueries: QueryRules = {
  ListTargetsByRule: listTargetsByRule,
  ListRuleNamesByTarget: listRuleNamesByTarget,
};
