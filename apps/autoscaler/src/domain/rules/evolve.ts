import { type Evolvers, required } from '#lib/kernel';
import type { ScalingState } from '../state.js';
import type { RuleEvents } from './events.js';
import type { EcsTarget, Rule, RuleId, RuleTarget, ScheduledRun } from './model.js';
import { ruleKey } from './names.js';

function update({ rules }: ScalingState, id: RuleId, change: (rule: Rule) => Partial<Rule>): void {
  const key = ruleKey(id);
  const rule = required(rules, key, 'rule');
  rules.put(key, { ...rule, ...change(rule) });
}

export const ruleEvolvers: Evolvers<ScalingState, RuleEvents> = {
  RulePut({ rules }, { accountId, region, name, settings, tags = {} }, { at }) {
    const key = ruleKey({ accountId, region, name });
    const known = rules.get(key);
    const isSameSchedule = known?.settings.scheduleExpression === settings.scheduleExpression;
    // What would have been due by another schedule, or while it was disabled, is not.
    const goesOn = known && isSameSchedule && known.settings.isEnabled;
    rules.put(key, {
      accountId,
      region,
      name,
      settings,
      tags: known?.tags ?? tags,
      targets: known?.targets ?? [],
      createdAt: known?.createdAt ?? at,
      scheduledAt: known && isSameSchedule ? known.scheduledAt : at,
      doneUntil: goesOn ? known.doneUntil : at,
      ...(goesOn && known.cursors ? { cursors: known.cursors } : {}),
    });
  },
  RuleEnabled: (state, data, { at }) =>
    update(state, data, ({ settings }) => ({ settings: { ...settings, isEnabled: true }, doneUntil: at, cursors: undefined })),
  RuleDisabled: (state, data) => update(state, data, ({ settings }) => ({ settings: { ...settings, isEnabled: false } })),
  RuleDeleted: ({ rules }, data) => rules.delete(ruleKey(data)),
  RuleTagged: (state, data) => update(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags } })),
  RuleUntagged: (state, data) =>
    update(state, data, ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !data.tagKeys.includes(key))),
    })),
  RuleTargetsPut: (state, data, { at }) =>
    update(state, data, ({ targets, doneUntil }) => {
      const put = new Map([...targets, ...data.targets].map((target) => [target.given.Id, target]));
      // Without a target nothing was due.
      return { targets: [...put.values()], ...(targets.length === 0 ? { doneUntil: at, cursors: undefined } : { doneUntil }) };
    }),
  RuleTargetsRemoved: (state, data) =>
    update(state, data, ({ targets }) => ({ targets: targets.filter(({ given }) => !data.targetIds.includes(given.Id)) })),
  RuleTriggered(state, { accountId, region, name, dueAt, runs }, { at }) {
    const { targets } = required(state.rules, ruleKey({ accountId, region, name }), 'rule');
    for (const { id, targetId } of runs) {
      // A rule with a moment has targets of ECS only.
      const target = targets.find(({ given }) => given.Id === targetId) as RuleTarget<EcsTarget>;
      const run: ScheduledRun = {
        accountId,
        region,
        id,
        source: { kind: 'rule', name },
        target,
        dueAt,
        attempts: 0,
        refusals: 0,
        retryAt: at,
      };
      state.scheduledRuns.put(id, run);
    }
    update(state, { accountId, region, name }, () => ({ doneUntil: dueAt }));
  },
  RuleEventsSeen: (state, { cursors: seen, ...id }) => update(state, id, ({ cursors }) => ({ cursors: { ...cursors, ...seen } })),
  ScheduledRunStarted: ({ scheduledRuns }, { id }) => scheduledRuns.delete(id),
  ScheduledRunDelayed({ scheduledRuns }, { id, isRefused, retryAt }) {
    const run = required(scheduledRuns, id, 'scheduled run');
    scheduledRuns.put(id, { ...run, attempts: run.attempts + 1, refusals: run.refusals + (isRefused ? 1 : 0), retryAt });
  },
  ScheduledRunFailed: ({ scheduledRuns }, { id }) => scheduledRuns.delete(id),
};
